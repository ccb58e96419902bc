//! What happens to an environment, deed by deed. A story that ends badly can be printed as a test that tells it again.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::Duration;

use stack_engine::Error;
use stack_engine::codec::decode_journal;
use stack_engine::journal::replay;
use stack_engine::rollback::Terms;
use stack_model::{Expr, Graph, Urn, Value};
use stack_testkit::disk::Write;
use stack_testkit::{CloudObject, Ended, Fault, Lag, TestKeys, World, types};

use crate::rollback::is_as_in;

/// Something that happens. Positions are taken modulo what there is.
#[derive(Debug, Clone)]
pub enum Deed {
    /// A program is applied.
    Apply(Graph, Trouble),
    /// A program is applied, and what fails is rolled back by the same run.
    Try(Graph, Trouble),
    /// The way back to a settled state, counted from the newest.
    RollBack(usize, Terms, Trouble),
    /// Everything is destroyed.
    Destroy(Trouble),
    /// Somebody deletes an object behind our back.
    Remove(usize),
    /// Somebody changes an object behind our back.
    Change(usize, usize),
}

/// What goes wrong in a run.
#[derive(Debug, Clone, Copy, Default)]
pub struct Trouble {
    /// Which of the run's writes to the cloud goes wrong, and how.
    pub fault: Option<(usize, Fault)>,
    /// At which of the run's writes to the disk the machine dies, and when how many bytes have reached it.
    pub death: Option<(usize, usize)>,
}

impl Trouble {
    /// Nothing goes wrong.
    pub const NONE: Self = Self {
        fault: None,
        death: None,
    };

    fn is_none(self) -> bool {
        self.fault.is_none() && self.death.is_none()
    }
}

/// An environment, and what it was.
pub struct Story {
    world: World,
    /// What the last run settled, until something else happens.
    settled: Option<Graph>,
    marks: Vec<Mark>,
    /// Whether somebody changed an object. What no program sets is then what they made of it, until it is made anew.
    changed: bool,
}

/// A settled state.
struct Mark {
    serial: u64,
    world: World,
    graph: Graph,
}

type Ending<T = ()> = Result<T, String>;

fn shown(error: impl std::fmt::Debug) -> String {
    format!("{error:?}")
}

impl Story {
    fn new(lag: Lag) -> Self {
        let mut world = World::default();
        world.cloud.lag(lag);
        // Somebody may well delete one object after the other.
        world.may_be_gone = true;
        Self {
            world,
            settled: None,
            marks: Vec::new(),
            changed: false,
        }
    }

    /// Tells a story to its end.
    pub async fn tell(lag: Lag, deeds: &[Deed]) -> Ending {
        let mut story = Self::new(lag);
        for (number, deed) in deeds.iter().enumerate() {
            let done = story.happens(deed).await;
            done.map_err(|problem| format!("deed {number}: {problem}"))?;
        }
        Ok(())
    }

    /// Every run is made without trouble first, and has to end well whatever happened before. With trouble, what is
    /// left is what the next deed finds.
    async fn happens(&mut self, deed: &Deed) -> Ending {
        let clean = self.world.fork();
        match deed {
            Deed::Apply(graph, trouble) => {
                applied(&clean, graph).await?;
                let run = async |world: &World| world.apply(graph).await.map(drop);
                self.goes_on(clean, Some(graph), *trouble, run).await
            }
            Deed::Try(graph, trouble) => self.tries(clean, graph, *trouble).await,
            Deed::RollBack(mark, terms, trouble) => {
                let Some(mark) = self.mark(*mark) else {
                    return Ok(());
                };
                let (serial, graph) = (mark.serial, mark.graph.clone());
                match clean.roll_back(serial, *terms).await {
                    Ok(report) if report.is_complete() => {}
                    Err(Ended::Engine(Error::Problems(_))) if !terms.accept_loss => return Ok(()),
                    other => return Err(shown(other)),
                }
                self.is_back(&clean, &mark.world, &graph).await?;
                has_dependencies(&clean, &graph).await?;
                let run = async |world: &World| world.roll_back(serial, *terms).await.map(drop);
                self.goes_on(clean, Some(&graph), *trouble, run).await
            }
            Deed::Destroy(trouble) => {
                destroyed(&clean).await?;
                let run = async |world: &World| world.destroy().await.map(drop);
                self.goes_on(clean, None, *trouble, run).await
            }
            Deed::Remove(object) => {
                if let Some(object) = self.object(*object) {
                    self.world.cloud.remove(&object.id);
                    self.settled = None;
                }
                Ok(())
            }
            Deed::Change(object, change) => {
                if let Some(object) = self.object(*object) {
                    let (field, value) = changed(&object, *change);
                    self.world.cloud.change(&object.id, field, value);
                    self.changed = true;
                    self.settled = None;
                }
                Ok(())
            }
        }
    }

    /// Goes on from a run that was clean, or from the same run with trouble.
    async fn goes_on(
        &mut self,
        clean: World,
        graph: Option<&Graph>,
        trouble: Trouble,
        run: impl AsyncFn(&World) -> Result<(), Ended>,
    ) -> Ending {
        replays(&self.world, &clean).await?;
        if trouble.is_none() {
            self.world = clean;
            self.settled = graph.cloned();
            return self.remember().await;
        }
        self.settled = None;
        self.arm(&clean, trouble);
        // How it ends is not the question: it is what the next deed finds.
        let _ = run(&self.world).await;
        self.world.cloud.heal();
        self.world.disk.heal();
        Ok(())
    }

    /// Lets a run go wrong that makes as many writes as a clean one.
    fn arm(&self, clean: &World, trouble: Trouble) {
        let before = self.world.cloud.write_count();
        let calls = clean.cloud.write_count() - before;
        if let Some((call, fault)) = trouble.fault.filter(|_| calls > 0) {
            self.world.cloud.fault(before + call as u64 % calls, fault);
        }
        let before = self.world.disk.writes().len();
        let writes = clean.disk.writes().len() - before;
        if let Some((write, bytes)) = trouble.death.filter(|_| writes > 0) {
            self.world.disk.die_at(before + write % writes, bytes);
        }
    }

    /// What a run that rolls itself back leaves is what was there, if that was settled.
    async fn tries(&mut self, clean: World, graph: &Graph, trouble: Trouble) -> Ending {
        applied(&clean, graph).await?;
        let before = self.world.fork();
        self.arm(&clean, trouble);
        let ended = self.world.apply_or_roll_back(graph).await;
        self.world.cloud.heal();
        self.world.disk.heal();
        match (ended, &self.settled) {
            (Ok((report, None)), _) if report.is_complete() => self.settled = Some(graph.clone()),
            (Ok((_, Some(back))), Some(settled)) => {
                if !back.is_complete() {
                    return Err(shown(back));
                }
                self.is_back(&self.world, &before, settled).await?;
            }
            // Data would be lost, so nothing is rolled back; or what was there was not settled; or it died.
            (Ok(_), _) | (Err(Ended::Died), _) => self.settled = None,
            (Err(error), _) => return Err(shown(error)),
        }
        self.remember().await
    }

    /// Whether a rollback led back to what a world was.
    async fn is_back(&self, world: &World, before: &World, graph: &Graph) -> Ending {
        match self.changed {
            true => world.settled(graph).await,
            false => is_as_in(world, before, Some(graph)).await,
        }
    }

    async fn remember(&mut self) -> Ending {
        if let Some(graph) = self.settled.clone() {
            let state = self.world.state().await.map_err(shown)?;
            self.marks.push(Mark {
                serial: state.header.serial,
                world: self.world.fork(),
                graph,
            });
        }
        Ok(())
    }

    fn mark(&self, back: usize) -> Option<&Mark> {
        let count = self.marks.len();
        self.marks.iter().rev().nth(back.checked_rem(count)?)
    }

    fn object(&self, which: usize) -> Option<CloudObject> {
        let mut objects = self.world.cloud.objects();
        let which = which.checked_rem(objects.len())?;
        Some(objects.swap_remove(which))
    }
}

/// What somebody may change of an object.
fn changed(object: &CloudObject, which: usize) -> (&'static str, Value) {
    let changes: [(&str, Value); 6] = [
        ("size", 9.into()),
        ("kind", "drifted".into()),
        ("label", "drifted".into()),
        ("zone", "zone-q".into()),
        // No cloud lets two objects have one key.
        ("key", format!("drifted-{}", object.id).into()),
        ("label", Value::Null),
    ];
    let count = if object.type_name == types::THING {
        6
    } else {
        2
    };
    changes[which % count].clone()
}

async fn applied(world: &World, graph: &Graph) -> Ending {
    let report = world.apply(graph).await.map_err(shown)?;
    if !report.is_complete() {
        return Err(shown(report));
    }
    world.settled(graph).await?;
    has_dependencies(world, graph).await
}

/// Whether everything that a program refers to is recorded as a dependency, and nothing else.
async fn has_dependencies(world: &World, graph: &Graph) -> Ending {
    let state = world.state().await.map_err(shown)?;
    for resource in &graph.resources {
        let urn = resource.urn();
        let mut written: BTreeSet<&Urn> = resource.options.depends_on.iter().collect();
        for expr in resource.inputs.values() {
            expr.visit_leaves(&mut |leaf| {
                if let Expr::Ref(reference) = leaf {
                    written.insert(&reference.urn);
                }
            });
        }
        let object = state
            .object(&urn)
            .ok_or_else(|| format!("{urn} has no object"))?;
        let recorded: BTreeSet<&Urn> = object.request.dependencies.iter().collect();
        if written != recorded {
            return Err(format!(
                "{urn} depends on {written:?}, and recorded is {recorded:?}"
            ));
        }
    }
    Ok(())
}

/// Whether the journal of the run that led from one world to the other tells all that the run recorded, and leaves
/// nothing in doubt.
async fn replays(before: &World, after: &World) -> Ending {
    let mut batches = Vec::new();
    for write in after.disk.writes().split_off(before.disk.writes().len()) {
        if let Write::Append(batch) = write {
            batches.push(batch);
        }
    }
    let entries = decode_journal(&batches, &TestKeys, "the run's journal").map_err(shown)?;
    let (mut replayed, mut in_doubt) = (before.state().await.map_err(shown)?, Vec::new());
    replay(&mut replayed, &mut in_doubt, entries);
    let recorded = after.state().await.map_err(shown)?;
    match replayed.resources == recorded.resources && in_doubt.is_empty() {
        true => Ok(()),
        false => Err(format!(
            "the journal tells {:?}, in doubt {in_doubt:?}, and recorded is {:?}",
            replayed.resources, recorded.resources
        )),
    }
}

async fn destroyed(world: &World) -> Ending {
    let report = world.destroy().await.map_err(shown)?;
    let state = world.state().await.map_err(shown)?;
    let objects = world.cloud.objects();
    let nothing = objects.is_empty() && state.resources.is_empty() && state.outputs.is_empty();
    match report.is_complete() && nothing {
        true => Ok(()),
        false => Err(format!(
            "a destroy left {objects:?}, {:?}: {report:?}",
            state.resources.keys()
        )),
    }
}

/// A test that tells the same story, to be pasted into `random.rs`.
pub fn repro(lag: Lag, deeds: &[Deed]) -> String {
    let mut text =
        "#[tokio::test(start_paused = true)]\nasync fn a_story_that_ended_badly() {\n".to_owned();
    text += "    use stack_provider::ErrorKind::*;\n    use stack_testkit::Fault::*;\n";
    let lag = match lag {
        Lag::None | Lag::Reads(_) => format!("Lag::{lag:?}"),
        Lag::For(time) => format!("Lag::For(Duration::from_millis({}))", time.as_millis()),
    };
    let graph = |graph: &Graph| {
        let json = serde_json::to_string(graph).expect("graphs are JSON");
        format!("Graph::parse(br##\"{json}\"##).unwrap()")
    };
    text += "    let deeds = [\n";
    for deed in deeds {
        let _ = match deed {
            Deed::Apply(wanted, trouble) => {
                writeln!(text, "        Deed::Apply({}, {trouble:?}),", graph(wanted))
            }
            Deed::Try(wanted, trouble) => {
                writeln!(text, "        Deed::Try({}, {trouble:?}),", graph(wanted))
            }
            other => writeln!(text, "        Deed::{other:?},"),
        };
    }
    text += "    ];\n";
    let _ = writeln!(text, "    Story::tell({lag}, &deeds).await.unwrap();\n}}");
    text
}

/// Lags of the three kinds.
pub const LAGS: [Lag; 3] = [Lag::None, Lag::Reads(2), Lag::For(Duration::from_secs(4))];
