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
    draw(&mut session, &request, None)?;
    loop {
        let read = io::stdin().read(&mut piece)?;
        let mut meant = None;
        for key in keys.take(&piece[..read]) {
            meant = None;
            match key {
                Key::Char(c) => session.push(c),
                Key::Back => drop(session.pop()),
                Key::Clear => session.set_text(""),
                Key::Enter => {
                    meant = Some(match world.completer.did_you_mean(session.text()) {
                        Some(correction) => show::meant(&correction),
                        None => "     nothing to correct".into(),
                    });
                }
                Key::End => return Ok(write!(io::stdout(), "\r\x1b[J")?),
            }
        }
        draw(&mut session, &request, meant)?;
    }
}

fn say(line: &str) -> Result<(), Failure> {
    Ok(writeln!(io::stdout(), "{line}")?)
}

/// Draws the box where the cursor is and the answer below it, and puts the cursor back.
fn draw(session: &mut Session<'_>, request: &Request<'_>, meant: Option<String>) -> Result<(), Failure> {
    let below = if session.text().is_empty() {
        Vec::new()
    } else {
        answer(session, request, Style::Bold, meant)
    };
    let mut screen = String::from("\r\x1b[J\n");
    for line in &below {
        screen.push_str(line);
        screen.push('\n');
    }
    screen.push_str(&format!("\x1b[{}A> {}", below.len() + 1, session.text()));
    let mut out = io::stdout().lock();
    out.write_all(screen.as_bytes())?;
    Ok(out.flush()?)
}

fn by_line(world: &World, k: usize) -> Result<(), Failure> {
    let request = Request::new(k);
    let mut session = world.completer.session();
    for line in io::stdin().lock().lines() {
        let line = line?;
        session.set_text(&line);
        let meant = world.completer.did_you_mean(&line);
        say(&format!("> {line}"))?;
        for line in answer(&mut session, &request, Style::of_stdout(), meant.as_ref().map(show::meant)) {
            say(&line)?;
        }
    }
    Ok(())
}

fn answer(
    session: &mut Session<'_>,
    request: &Request<'_>,
    style: Style,
    meant: Option<String>,
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
    lines.extend(meant);
    lines
}
