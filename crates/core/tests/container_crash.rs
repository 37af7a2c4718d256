//! A process killed while it saves leaves a whole file.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use bowerbird_core::container::{Container, ContainerWriter, Tag};

const KIND: Tag = Tag::new("crash");
const SECTIONS: [Tag; 3] = [Tag::new("a"), Tag::new("b"), Tag::new("c")];

/// Set for the process that is killed: where it saves.
const TARGET: &str = "BOWERBIRD_CRASH_TARGET";

/// The bytes of every section of a version.
fn content(version: u32) -> Vec<u8> {
    (0..200_000_u32)
        .flat_map(|i| (i ^ version).to_le_bytes())
        .collect()
}

/// Not a test of its own: run by the next one, in a process that is killed. Without a target it does nothing.
#[test]
fn saves_in_a_loop() {
    let Some(target) = std::env::var_os(TARGET) else {
        return;
    };
    for version in 1_u32.. {
        let content = content(version);
        let mut writer = ContainerWriter::new(KIND, version);
        writer.params(version.to_le_bytes());
        for tag in SECTIONS {
            writer.section(tag, &content);
        }
        writer.write_to(Path::new(&target)).expect("saved");
        let mut out = std::io::stdout().lock();
        writeln!(out, "saved {version}")
            .and_then(|()| out.flush())
            .expect("the parent listens");
    }
}

#[test]
fn a_killed_process_leaves_the_old_file_or_the_new_one() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("index.bin");
    for round in 0..24 {
        let mut child = Command::new(std::env::current_exe().expect("this test"))
            .args(["--exact", "saves_in_a_loop", "--nocapture"])
            .env(TARGET, &path)
            .stdout(Stdio::piped())
            .spawn()
            .expect("a second process");
        let out = BufReader::new(child.stdout.take().expect("piped"));
        let saved = out.lines().map_while(Result::ok).filter_map(|line| {
            let number = line.rsplit_once("saved ")?.1;
            number.parse::<u32>().ok()
        });
        let seen = saved.take(1 + round % 3).last().expect("it saves");
        child.kill().expect("killed");
        child.wait().expect("gone");

        let container = Container::open(&path).expect("a whole header");
        container.verify().expect("whole sections");
        let version = container.expect(KIND, u32::MAX).expect("our file");
        assert!(version >= seen, "version {seen} was saved, {version} is there");
        assert_eq!(container.params().u32().expect("number"), version);
        for tag in SECTIONS {
            assert_eq!(
                container.section(tag).expect("section"),
                content(version),
                "of one version throughout"
            );
        }
    }
}
