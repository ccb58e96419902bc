//! What permissions a program and what is recorded of it take: a pure function, which asks nobody.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use stack_model::{Expr, Map, Name, TypeName, Urn, Value};
use stack_provider::{Identity, Need, Purpose, Verb};

use crate::check::{CheckedGraph, Schemas};
use crate::physical_name::name_pattern;
use crate::providers::{config_of, kind_of, name_for};
use crate::state::State;

/// Where something is: the cloud, the account if it is known, and whom the provider works as, where the program says so.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Ground {
    kind: String,
    account: Option<String>,
    as_whom: Option<String>,
}

/// What is known of a provider configuration.
struct Known {
    ground: Ground,
    region: Option<String>,
}

/// What permissions it takes to plan the program's resources and lookups and those that are recorded, and where
/// `changing`, to make, change, replace and delete them. One purpose for each cloud and account, with the cloud.
pub fn purposes(
    graph: &CheckedGraph,
    config: &Map,
    state: &State,
    schemas: &Schemas,
    changing: bool,
) -> Vec<(String, Purpose)> {
    let mut found = Purposes {
        state,
        schemas,
        changing,
        known: HashMap::new(),
        purposes: BTreeMap::new(),
    };
    let program = &graph.graph;
    let known = |name: &Name| {
        let settings = config_of(program, name, config).unwrap_or_default();
        Known::of(&kind_of(program, name), &settings, recorded(state, name))
    };
    for resource in &program.resources {
        let provider = name_for(program, &resource.type_name, &resource.options.provider);
        let need = found.need(
            &resource.type_name,
            &resource.urn(),
            resource.inputs.clone(),
        );
        found.add(&provider, || known(&provider), need);
    }
    for lookup in &program.lookups {
        let provider = name_for(program, &lookup.type_name, &lookup.provider);
        let need = found.need(&lookup.type_name, &lookup.urn(), lookup.inputs.clone());
        found.add(&provider, || known(&provider), need);
    }
    for (urn, resource) in &state.resources {
        for object in resource.object.iter().chain(&resource.deposed) {
            let request = &object.request;
            let literal =
                |(field, value): (&String, &Value)| (field.clone(), Expr::Literal(value.clone()));
            let mut inputs: BTreeMap<String, Expr> = request.inputs.iter().map(literal).collect();
            // As the program wrote them: a role that it refers to is a role of the program.
            inputs.extend(request.expressions.clone());
            let Ok(type_name) = urn.type_name().parse() else {
                continue;
            };
            let need = found.need(&type_name, urn, inputs);
            let kind = || type_name.cloud().to_owned();
            let recorded = state.providers.get(&request.provider);
            let known = || match recorded {
                Some(provider) => {
                    Known::of(&provider.kind, &provider.config, provider.identity.as_ref())
                }
                None => Known::of(&kind(), &Map::new(), None),
            };
            found.add(&request.provider, known, need);
        }
    }
    found.purposes.into_values().collect()
}

fn recorded<'s>(state: &'s State, name: &Name) -> Option<&'s Identity> {
    state.providers.get(name)?.identity.as_ref()
}

impl Known {
    /// By its settings, and by where it led to last.
    fn of(kind: &str, settings: &Map, identity: Option<&Identity>) -> Self {
        let text = |names: [&str; 2]| {
            let found = names.iter().find_map(|name| settings.get(*name)?.as_str());
            found.map(str::to_owned)
        };
        let led = identity.and_then(|identity| identity.account.split_once(':'));
        let led = led.map(|(_, account)| account.to_owned());
        Self {
            ground: Ground {
                kind: kind.to_owned(),
                account: text(["account", "subscription"]).or(led),
                as_whom: text(["assume_role", "profile"]),
            },
            region: text(["region", "location"])
                .or_else(|| identity.and_then(|identity| identity.region.clone())),
        }
    }
}

struct Purposes<'a> {
    state: &'a State,
    schemas: &'a Schemas,
    changing: bool,
    known: HashMap<Name, Known>,
    purposes: BTreeMap<Ground, (String, Purpose)>,
}

impl Purposes<'_> {
    /// A need, with the name that the engine makes where the program sets none.
    fn need(&self, type_name: &TypeName, urn: &Urn, mut inputs: BTreeMap<String, Expr>) -> Need {
        let fields = self.schemas.get(type_name).map(|schema| &schema.inputs);
        let form = fields
            .into_iter()
            .flatten()
            .find_map(|(field, declared)| Some((field, declared.physical_name?)));
        let made_name = form.and_then(|(field, form)| {
            let pattern = name_pattern(form, &self.state.header, urn);
            let beginning = pattern.trim_end_matches('*');
            match inputs.get(field) {
                None | Some(Expr::Literal(Value::Null)) => Some(pattern),
                Some(Expr::Literal(Value::String(name))) if name.starts_with(beginning) => {
                    inputs.remove(field);
                    Some(pattern)
                }
                Some(_) => None,
            }
        });
        let verbs = match self.changing {
            true => Verb::ALL.to_vec(),
            false => vec![Verb::Read],
        };
        Need {
            type_name: type_name.clone(),
            verbs,
            inputs,
            made_name,
            id: None,
        }
    }

    fn add(&mut self, provider: &Name, known: impl FnOnce() -> Known, need: Need) {
        let known = self.known.entry(provider.clone()).or_insert_with(known);
        let header = &self.state.header;
        let (_, purpose) = self
            .purposes
            .entry(known.ground.clone())
            .or_insert_with(|| {
                let purpose = Purpose {
                    name: format!("{}-{}", header.stack, header.environment),
                    changing: self.changing,
                    account: known.ground.account.clone(),
                    regions: BTreeSet::new(),
                    needs: Vec::new(),
                };
                (known.ground.kind.clone(), purpose)
            });
        purpose.regions.extend(known.region.clone());
        purpose.needs.push(need);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::check;
    use crate::state::{Delta, Object, ProviderState, Request, ResourceState};

    fn found(graph: &str, state: &State) -> Vec<(String, Purpose)> {
        let schemas = Schemas::new();
        let graph = stack_model::Graph::parse(graph.as_bytes()).expect("the graph is good");
        let graph = check(graph, &schemas).expect("the graph is checked");
        purposes(&graph, &Map::new(), state, &schemas, true)
    }

    #[test]
    fn what_is_recorded_is_permitted_though_the_program_does_not_say_it_any_more() {
        let mut state = State::born("l".into(), "shop".into(), "dev".into());
        let object = Object {
            id: "vpc-1".into(),
            request: Request {
                provider: "paris".parse().expect("a name"),
                generation: 1,
                token: "t".into(),
                inputs: Map::new(),
                expressions: BTreeMap::new(),
                dependencies: Vec::new(),
            },
            observed: Map::new(),
            incomplete: false,
            unverified: false,
            durations: Default::default(),
        };
        let identity = Identity {
            account: "aws:123456789012".into(),
            region: Some("eu-west-3".into()),
        };
        state.apply(&Delta::Provider {
            name: "paris".parse().expect("a name"),
            state: ProviderState {
                kind: "aws".into(),
                config: Map::new(),
                identity: Some(identity),
            },
        });
        let urn: Urn = "aws:ec2:Vpc/main".parse().expect("a urn");
        let resource = ResourceState {
            object: Some(object),
            ..ResourceState::default()
        };
        state.resources.insert(urn, resource);
        let found = found(r#"{"format": 1, "resources": []}"#, &state);
        let [(cloud, purpose)] = found.as_slice() else {
            panic!("{found:#?}");
        };
        assert_eq!(cloud, "aws");
        assert_eq!(purpose.name, "shop-dev");
        assert_eq!(purpose.account.as_deref(), Some("123456789012"));
        assert!(purpose.regions.contains("eu-west-3"));
        assert_eq!(purpose.needs[0].type_name.as_str(), "aws:ec2:Vpc");
    }
}
