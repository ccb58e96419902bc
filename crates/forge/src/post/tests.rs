use std::sync::Mutex;

use async_trait::async_trait;

use super::*;

/// A forge in memory.
#[derive(Default)]
struct Memory {
    world: Mutex<World>,
}

#[derive(Default)]
struct World {
    comments: Vec<Found>,
    made: u64,
    updates: usize,
    /// Comments that lists do not show yet.
    late: bool,
    /// What the next creates come to.
    creates: Vec<Outcome>,
    /// Whether the next update finds its comment gone.
    goes: bool,
}

#[derive(Clone, Copy)]
enum Outcome {
    DoneAndLost,
    LostAndNotDone,
    Refused,
}

fn refused(status: u16) -> Error {
    Error::Refused {
        doing: "comment".into(),
        forge: "Memory",
        status,
        message: String::new(),
        request: String::new(),
        hint: None,
    }
}

#[async_trait]
impl Posts for Memory {
    async fn ours(&self, marker: &str) -> Result<Vec<Found>> {
        let found = {
            let world = self.world.lock().unwrap();
            let ours = world.comments.iter();
            let ours = ours.filter(|one| one.body.starts_with(marker) && !world.late);
            // The newest first, which no forge promises not to do.
            ours.rev().cloned().collect()
        };
        // Here the other run has its turn.
        tokio::task::yield_now().await;
        Ok(found)
    }

    async fn create(&self, body: &str) -> Result<Found> {
        let mut world = self.world.lock().unwrap();
        let outcome = world.creates.pop();
        if let Some(Outcome::LostAndNotDone) = outcome {
            return Err(refused(502));
        }
        if let Some(Outcome::Refused) = outcome {
            return Err(refused(403));
        }
        world.made += 1;
        let found = Found {
            id: world.made,
            url: Some(format!("#{}", world.made)),
            body: body.to_owned(),
        };
        world.comments.push(found.clone());
        match outcome {
            Some(_) => Err(refused(502)),
            None => Ok(found),
        }
    }

    async fn update(&self, id: u64, body: &str) -> Result<()> {
        let mut world = self.world.lock().unwrap();
        if std::mem::take(&mut world.goes) {
            world.comments.retain(|one| one.id != id);
        }
        world.updates += 1;
        match world.comments.iter_mut().find(|one| one.id == id) {
            Some(found) => {
                found.body = body.to_owned();
                Ok(())
            }
            None => Err(refused(404)),
        }
    }

    async fn end(&self, id: u64) -> Result<()> {
        let mut world = self.world.lock().unwrap();
        world.comments.retain(|one| one.id != id);
        Ok(())
    }
}

impl Memory {
    fn with(change: impl FnOnce(&mut World)) -> Self {
        let memory = Self::default();
        change(&mut memory.world.lock().unwrap());
        memory
    }

    fn bodies(&self) -> Vec<String> {
        let world = self.world.lock().unwrap();
        world.comments.iter().map(|one| one.body.clone()).collect()
    }

    async fn post(&self, text: &str) -> Result<What> {
        post(self, &comment("dev", text))
            .await
            .map(|posted| posted.what)
    }
}

fn comment(environment: &str, text: &str) -> Comment {
    let marker = format!("<!-- {environment} -->");
    let body = format!("{marker}\n{text}\n");
    Comment { marker, body }
}

fn body(text: &str) -> String {
    comment("dev", text).body
}

#[tokio::test]
async fn a_comment_is_made_then_changed_then_left_alone() {
    let memory = Memory::default();
    assert_eq!(memory.post("one").await.unwrap(), What::Created);
    assert_eq!(memory.post("one").await.unwrap(), What::Unchanged);
    assert_eq!(memory.post("two").await.unwrap(), What::Updated);
    assert_eq!(memory.bodies(), [body("two")]);
    let other = post(&memory, &comment("prod", "three")).await.unwrap();
    assert_eq!((other.what, other.url), (What::Created, Some("#2".into())));
    assert_eq!(memory.bodies().len(), 2);
}

#[tokio::test]
async fn what_a_forge_does_to_line_ends_is_no_change() {
    let memory = Memory::with(|world| {
        world.comments.push(Found {
            id: 1,
            url: None,
            body: "<!-- dev -->\r\none".into(),
        });
    });
    assert_eq!(memory.post("one").await.unwrap(), What::Unchanged);
    assert_eq!(memory.world.lock().unwrap().updates, 0);
}

#[tokio::test(start_paused = true)]
async fn a_create_whose_answer_is_lost_is_looked_for_before_it_is_repeated() {
    let memory = Memory::with(|world| world.creates = vec![Outcome::DoneAndLost]);
    assert_eq!(memory.post("one").await.unwrap(), What::Created);
    assert_eq!(memory.bodies(), [body("one")]);

    let memory = Memory::with(|world| world.creates = vec![Outcome::LostAndNotDone; 2]);
    assert_eq!(memory.post("one").await.unwrap(), What::Created);
    assert_eq!(memory.bodies(), [body("one")]);

    let memory = Memory::with(|world| world.creates = vec![Outcome::LostAndNotDone; 9]);
    let error = memory.post("one").await.unwrap_err();
    assert!(error.may_be_done(), "{error}");
}

#[tokio::test]
async fn a_create_that_is_refused_is_not_repeated() {
    let memory = Memory::with(|world| world.creates = vec![Outcome::Refused]);
    memory.post("one").await.unwrap_err();
    assert!(memory.bodies().is_empty());
}

#[tokio::test]
async fn a_list_that_does_not_show_the_new_comment_yet_is_no_reason_for_a_second() {
    let memory = Memory::with(|world| world.late = true);
    assert_eq!(memory.post("one").await.unwrap(), What::Created);
    assert_eq!(memory.bodies(), [body("one")]);
}

#[tokio::test]
async fn two_runs_at_once_leave_one_comment() {
    let memory = Memory::default();
    let (one, other) = tokio::join!(memory.post("one"), memory.post("other"));
    one.unwrap();
    other.unwrap();
    assert_eq!(memory.world.lock().unwrap().made, 2, "both saw nothing");
    assert_eq!(memory.bodies().len(), 1);
}

#[tokio::test]
async fn second_comments_of_earlier_runs_go_and_the_oldest_stays() {
    let memory = Memory::with(|world| {
        world.comments = [3, 5, 8]
            .map(|id| Found {
                id,
                url: None,
                body: body("old"),
            })
            .to_vec();
    });
    assert_eq!(memory.post("new").await.unwrap(), What::Updated);
    let world = memory.world.lock().unwrap();
    let left: Vec<_> = world.comments.iter().map(|one| one.id).collect();
    assert_eq!(left, [3]);
}

#[tokio::test]
async fn a_comment_that_somebody_deletes_meanwhile_is_made_anew() {
    let memory = Memory::default();
    memory.post("one").await.unwrap();
    memory.world.lock().unwrap().goes = true;
    assert_eq!(memory.post("two").await.unwrap(), What::Created);
    assert_eq!(memory.bodies(), [body("two")]);
}
