//! Plans of several stacks, each made after those that it reads, and only looked at.

use std::sync::Arc;

use stack_engine::plan::Action;
use stack_engine::{CheckedGraph, Listener, Session, Wishes};
use stack_model::Urn;
use stack_review::Review;

use crate::costs::Pricing;
use crate::environment::Home;
use crate::error::Result;
use crate::guard::{Case, Guard};
use crate::planning::{self, Wanted};
use crate::plans::Writer;
use crate::preflight::{self, Questions};
use crate::providers;
use crate::render::{self, progress};
use crate::saved::Saved;
use crate::several::{self, Member};
use crate::stacks::Outlook;

/// A plan, and how it is shown.
pub struct Planned {
    /// The plan, and what was found about it.
    pub review: Review,
    /// The same for a terminal.
    pub text: String,
    /// What it does to which resource.
    pub acts: Vec<(Urn, Action)>,
}

/// How plans are made.
#[derive(Clone, Copy)]
pub struct Terms<'a> {
    /// Which policies judge.
    pub guard: &'a Guard,
    /// Whether to trust what is recorded instead of reading the clouds.
    pub offline: bool,
    /// Whether what is recorded are redacted snapshots.
    pub redacted: bool,
    /// Whether to ask for names that are taken.
    pub preflight: bool,
}

/// What all plans of several stacks share.
pub struct Desk<'a> {
    /// How plans are made.
    pub terms: Terms<'a>,
    /// Lists of prices, where somebody wants to know.
    pub pricing: Option<&'a Pricing>,
    /// What was planned so far makes of its stacks' outputs.
    pub outlook: Outlook,
    /// Where the plans are saved, if they are.
    pub saving: Option<Writer<'a>>,
}

impl<'a> Desk<'a> {
    /// A desk for plans that are only shown.
    pub fn new(terms: Terms<'a>) -> Self {
        Self {
            terms,
            pricing: None,
            outlook: Outlook::default(),
            saving: None,
        }
    }

    /// Plans one stack, after those that it reads.
    pub async fn plan(&mut self, chosen: &Member, graph: &CheckedGraph) -> Result<Planned> {
        let listener = progress::to_stderr();
        let (project, environment) = chosen;
        let planning = self.plan_with(chosen, graph, listener.as_ref());
        let done = several::within(&project.name, &environment.name, planning).await;
        listener.rest();
        done
    }

    async fn plan_with(
        &mut self,
        chosen: &Member,
        graph: &CheckedGraph,
        listener: &dyn Listener,
    ) -> Result<Planned> {
        let (project, environment) = chosen;
        let terms = self.terms;
        let home = Home::of(project, environment)?;
        let policies = terms.guard.policies(project)?;
        let reading = home.reading();
        let connections = providers::connections();
        let schemas = Arc::clone(connections.schemas());
        let here = match self.saving {
            Some(_) => home.place(listener),
            None => home.with_keys(listener, &reading),
        };
        let mut session = Session::read(here, connections).await?;
        let base = match self.saving {
            Some(_) => Some(planning::base_to_save(&home, &session).await?),
            None => None,
        };
        planning::compare_sealing(environment, &session);
        let config = planning::config(project, environment, &session)?;
        let wanted = Wanted {
            graph,
            config: &config,
            wishes: &Wishes::default(),
            offline: terms.offline || terms.redacted,
            changing: false,
            outlook: &self.outlook,
            only: None,
        };
        let plan = planning::plan(&mut session, project, &wanted).await?;
        self.outlook.learn(several::place(chosen)?, &plan);
        let case = Case {
            plan: &plan,
            session: &session,
            graph,
            schemas: &schemas,
            environment,
        };
        let mut document = case.document();
        document.redacted = terms.redacted;
        let mut review = Review::new(document);
        if terms.preflight {
            review.findings = preflight::findings(&session, graph, &plan, Questions::Names).await;
        }
        if let Some(policies) = &policies {
            review.findings.extend(policies.judge(&review.document)?);
        }
        if let Some(pricing) = self.pricing {
            review.costs = Some(pricing.of(&review.document).await);
        }
        if let (Some(saving), Some(base)) = (&mut self.saving, base)
            && !plan.is_empty()
            && review.denials().next().is_none()
        {
            let (shown, graph) = (review.document.digest.clone(), graph.graph.clone());
            let saved = Saved::of(base, &plan, shown, graph, config, Wishes::default());
            saving.add(project, environment, &saved, session.seal())?;
        }
        let text = [
            render::plan::plan(&plan),
            render::uncompared::text(&review.document),
            render::findings::text(&review.findings),
            review
                .costs
                .as_ref()
                .map(render::costs::text)
                .unwrap_or_default(),
        ];
        let acts = plan.changes.iter();
        Ok(Planned {
            acts: acts.map(|one| (one.urn.clone(), one.action)).collect(),
            text: text.concat(),
            review,
        })
    }
}
