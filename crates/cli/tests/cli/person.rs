//! A person at a terminal, who takes their time before they answer.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Runs a command on a pseudo-terminal of Python's, since ours would take unsafe code. At the question it makes a file,
/// and answers with what another has once that is there.
const TERMINAL: &str = "import os, pty, sys, time\n\
    question, said, until = os.environ['QUESTION'].encode(), b'', time.monotonic() + 120\n\
    def read(fd):\n\
    \x20   global said\n\
    \x20   new = os.read(fd, 1024)\n\
    \x20   said += new\n\
    \x20   if said.endswith(question):\n\
    \x20       open('asked', 'w').close()\n\
    \x20       while not os.path.exists('answer') and time.monotonic() < until:\n\
    \x20           time.sleep(0.01)\n\
    \x20       os.write(fd, open('answer', 'rb').read())\n\
    \x20   return new\n\
    sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:], read)))\n";

/// A run that has asked something and waits for an answer.
pub struct Asked {
    child: Child,
    folder: PathBuf,
}

/// Runs a command until it asks this question.
pub fn asked(command: &Command, question: &str) -> Asked {
    let folder = command.get_current_dir().expect("it runs in a folder");
    let folder = folder.to_owned();
    let mut terminal = Command::new("python3");
    terminal
        .args(["-c", TERMINAL])
        .arg(command.get_program())
        .args(command.get_args())
        .current_dir(&folder)
        .env("QUESTION", question);
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => terminal.env(name, value),
            None => terminal.env_remove(name),
        };
    }
    let child = terminal
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut asked = Asked { child, folder };
    asked.wait_until_asked();
    asked
}

impl Asked {
    fn wait_until_asked(&mut self) {
        let until = Instant::now() + Duration::from_secs(60);
        while !self.path("asked").exists() {
            let is_over = self.child.try_wait().unwrap().is_some() || Instant::now() > until;
            if is_over {
                let _ = self.child.kill();
                panic!("it did not ask: {}", self.said());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Answers; gives all that the run showed, and its exit code.
    pub fn answers(mut self, line: &str) -> (String, i32) {
        let kept = self.path("answer.kept");
        std::fs::write(&kept, format!("{line}\n")).unwrap();
        std::fs::rename(kept, self.path("answer")).unwrap();
        let said = self.said();
        (said, self.child.wait().unwrap().code().unwrap())
    }

    fn said(&mut self) -> String {
        let mut said = String::new();
        let mut stdout = self.child.stdout.take().expect("it is read once");
        stdout.read_to_string(&mut said).unwrap();
        said
    }

    fn path(&self, name: &str) -> PathBuf {
        Path::new(&self.folder).join(name)
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
