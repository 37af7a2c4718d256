//! The search box: key by key in a terminal, line by line elsewhere.

use crate::show::{self, Style};
use crate::support::Failure;
use crate::terminal::{Key, KeyByKey, Keys};
use crate::world::World;
use bowerbird::core::{Clock as _, SystemClock};
use bowerbird::typeahead::{Request, Session};
use std::io::{self, BufRead as _, IsTerminal as _, Read as _, Write as _};

/// Completes until stdin ends.
pub(crate) fn run(world: &World, k: usize) -> Result<(), Failure> {
    let both = io::stdin().is_terminal() && io::stdout().is_terminal();
    match both.then(KeyByKey::begin).flatten() {
        Some(_restored_at_the_end) => by_key(world, k),
        None => by_line(world, k),
    }
}

fn by_key(world: &World, k: usize) -> Result<(), Failure> {
    say("Type; Enter asks what you may have meant, Ctrl-U clears, Esc or Ctrl-C ends.\n")?;
    let request = Request::new(k);
    let mut session = world.completer.session();
    let (mut keys, mut piece) = (Keys::default(), [0; 256]);
    draw(session.text(), &[])?;
    loop {
        let read = io::stdin().read(&mut piece)?;
        let mut asked = false;
        for key in keys.take(&piece[..read]) {
            asked = key == Key::Enter;
            match key {
                Key::Char(c) => session.push(c),
                Key::Back => drop(session.pop()),
                Key::Clear => session.set_text(""),
                Key::Enter => {}
                Key::End => return Ok(write!(io::stdout(), "\r\x1b[J")?),
            }
        }
        let below = if session.text().is_empty() {
            Vec::new()
        } else {
            answer(world, &mut session, &request, Style::Bold, asked)
        };
        draw(session.text(), &below)?;
    }
}

fn say(line: &str) -> Result<(), Failure> {
    Ok(writeln!(io::stdout(), "{line}")?)
}

/// Draws the box where the cursor is and the answer below it, and puts the cursor back.
fn draw(typed: &str, below: &[String]) -> Result<(), Failure> {
    let mut screen = String::from("\r\x1b[J\n");
    for line in below {
        screen.push_str(line);
        screen.push('\n');
    }
    screen.push_str(&format!("\x1b[{}A> {typed}", below.len() + 1));
    let mut out = io::stdout().lock();
    out.write_all(screen.as_bytes())?;
    Ok(out.flush()?)
}

fn by_line(world: &World, k: usize) -> Result<(), Failure> {
    let request = Request::new(k);
    let mut session = world.completer.session();
    for line in io::stdin().lock().lines() {
        session.set_text(&line?);
        say(&format!("> {}", session.text()))?;
        for line in answer(world, &mut session, &request, Style::of_stdout(), true) {
            say(&line)?;
        }
    }
    Ok(())
}

/// The lines below the box; `asked`: also what may have been meant.
fn answer(
    world: &World,
    session: &mut Session<'_>,
    request: &Request<'_>,
    style: Style,
    asked: bool,
) -> Vec<String> {
    let start = SystemClock.now();
    let answer = session.complete(request, &SystemClock);
    let us = SystemClock.now().duration_since(start).as_secs_f64() * 1e6;
    let found = &answer.suggestions;
    let mut lines: Vec<String> = (1..)
        .zip(found.iter())
        .map(|(place, suggestion)| show::line(place, suggestion, style))
        .collect();
    lines.push(show::below(found.len(), us));
    if asked && let Some(correction) = world.meant(session.text(), found) {
        lines.push(show::meant(&correction));
    }
    lines
}
