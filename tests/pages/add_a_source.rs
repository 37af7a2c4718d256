//! The code of `docs/guide/add-a-source.md`.

use bowerbird::core::{ItemId, Reason, Status, UserId};
use bowerbird::retrieval::{CandidateSink, CandidateSource, Context, FeedQuery, SourceError};

/// What editors picked for each day of the week, best first.
#[derive(Debug)]
struct Editors {
    days: [Vec<ItemId>; 7],
    edition: u64,
}

impl CandidateSource<FeedQuery> for Editors {
    fn name(&self) -> &str {
        "editors"
    }

    fn version(&self) -> u64 {
        self.edition // another list is another version
    }

    fn retrieve(
        &self,
        query: &FeedQuery,
        cx: &Context<'_>,
        out: &mut CandidateSink,
    ) -> Result<Status, SourceError> {
        let day = query.asked_at.div_euclid(86_400).rem_euclid(7);
        let picks = &self.days[day as usize];
        if picks.is_empty() {
            return Err(SourceError::NotApplicable); // nothing to go on; not a failure
        }
        for (rank, &item) in picks.iter().enumerate() {
            if rank % 256 == 0 && cx.is_past() {
                let fraction = rank as f32 / picks.len() as f32;
                let reason = Reason::Deadline;
                return Ok(Status::Partial { fraction, reason });
            }
            if !out.push(item, 1.0 / (rank + 1) as f32) {
                break; // the quota is full
            }
        }
        Ok(Status::Full)
    }
}

#[test]
fn it_keeps_the_promises_of_sources() {
    let few = (1..4).map(ItemId).collect();
    let many = (1..5_000).map(ItemId).collect();
    let none = Vec::new;
    let days = [few, many, none(), none(), none(), none(), none()];
    let editors = Editors { days, edition: 1 };
    let on_day = |day: i64| FeedQuery::new(UserId(1), day * 86_400, Vec::new());
    bowerbird::retrieval::testing::candidate_source(&editors, &[on_day(0), on_day(1), on_day(2)]);
}

mod blocking {
    use bowerbird::core::{Deadline, ItemId, Status};
    use bowerbird::retrieval::{BlockingCall, BlockingSource, FeedQuery, SourceError};
    use std::path::PathBuf;

    /// Picks in a file that somebody else writes, one id a line.
    #[derive(Debug)]
    struct PicksFile {
        folder: PathBuf,
    }

    impl BlockingSource<FeedQuery> for PicksFile {
        fn name(&self) -> &str {
            "picks_file"
        }

        fn prepare(&self, query: &FeedQuery, _deadline: Deadline) -> BlockingCall {
            let path = self.folder.join(query.user.to_string()); // owned: the call may be abandoned
            Box::new(move |out| {
                let text = std::fs::read_to_string(path).map_err(SourceError::failed)?;
                for (rank, line) in text.lines().enumerate() {
                    let id = line.parse().map_err(SourceError::failed)?;
                    if !out.push(ItemId(id), -(rank as f32)) {
                        break;
                    }
                }
                Ok(Status::Full)
            })
        }
    }

    #[test]
    fn a_missing_file_costs_its_candidates_and_nothing_else() {
        use bowerbird::core::{Reason, UserId};
        use bowerbird::ranking::{Cascade, Request, SourceOptions};
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("no-such-folder");
        let cascade = Cascade::builder()
            .blocking_source(PicksFile { folder }, SourceOptions::new(), 1)
            .build()
            .expect("wired");
        let slate = cascade
            .run(&mut FeedQuery::new(UserId(1), 0, Vec::new()), &Request::new(5))
            .expect("an answer");
        let report = slate.coverage().stage("picks_file").expect("reported");
        assert_eq!(report.status, Status::Failed(Reason::Error));
    }
}
