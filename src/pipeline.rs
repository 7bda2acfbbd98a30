//! The pipeline: one request in, one verdict out.
//!
//! [`Gateway`] is a validated configuration at work. `steps.rs` holds the steps of a request in
//! their order. An [`Observer`] may watch the steps.

mod candidates;
mod gateway;
mod incoming;
mod observer;
mod own_pages;
mod record;
mod routing;
pub mod self_test;
mod sending;
mod steps;
mod verification;

pub use candidates::CandidateProvider;
pub use gateway::Gateway;
pub use incoming::{Incoming, KeptRequest};
pub use observer::{Finding, Observer, Step};
pub use own_pages::asks_for_health;
pub use record::{End, Ended, FoundClaim, Record, RequestLine};
pub use steps::Verdict;
pub use verification::Stop;

use candidates::Candidates;
use gateway::ORIGIN;
use record::Recorder;
use steps::{Passage, Steps};

use crate::answer::Answer;
use crate::health;
use crate::keys::KeyCaches;
use crate::rejection::{Rejection, RejectionContext, RejectionResponse};
use crate::time::UnixMillis;

/// The verdict on a request, and what the log may say about the request.
#[derive(Debug)]
pub struct Judgement {
    /// The verdict on the request.
    pub verdict: Verdict,
    /// What the log may say about the request.
    pub record: Record,
}

impl Gateway {
    /// Judges a request at the time `now`. If keys must be fetched, the attempts are left in
    /// `keys`.
    pub fn judge(
        &self,
        incoming: &Incoming<'_>,
        keys: &mut KeyCaches,
        now: UnixMillis,
    ) -> Judgement {
        self.judge_observed(incoming, keys, now, &mut ())
    }

    /// Judges a request like [`Self::judge`] while `observer` watches.
    pub fn judge_observed(
        &self,
        incoming: &Incoming<'_>,
        keys: &mut KeyCaches,
        now: UnixMillis,
        observer: &mut impl Observer,
    ) -> Judgement {
        let mut recorder = Recorder::new(&self.config, observer);
        let steps = Steps { gateway: self, keys, now, observer: &mut recorder };
        let Passage { outcome, candidates } = steps.pass(incoming);
        let verdict = match outcome {
            Ok(Verdict::Forward(forward)) => Verdict::Forward(match &self.config.cors {
                Some(cors) => forward.with_cors(cors.headers(incoming.headers.get(ORIGIN))),
                None => forward,
            }),
            Ok(verdict) => verdict,
            Err(Stop::Wait { source, until }) => Verdict::Wait { source, until },
            Err(Stop::Reject(rejection)) => {
                recorder.stop(&rejection);
                Verdict::Reject(self.rejection_response(incoming, &rejection, &candidates))
            }
        };
        Judgement { verdict, record: recorder.finish(&candidates) }
    }

    /// Returns the answer to a monitor. `detailed` lists each source; `head` leaves out the body.
    pub fn health(&self, keys: &KeyCaches, now: UnixMillis, detailed: bool, head: bool) -> Answer {
        health::report(&self.config.key_sources, keys, now, detailed, head)
    }

    /// Returns the response for a request that the shell refuses for a reason of its own.
    pub fn reject(&self, incoming: &Incoming<'_>, rejection: &Rejection) -> RejectionResponse {
        self.rejection_response(incoming, rejection, &Candidates::default())
    }

    fn rejection_response(
        &self,
        incoming: &Incoming<'_>,
        rejection: &Rejection,
        candidates: &Candidates<'_>,
    ) -> RejectionResponse {
        let context = RejectionContext {
            wording: candidates.wording(),
            head: incoming.method == "HEAD",
            ray: incoming.ray(),
            realm: &self.realm(incoming.url),
            reject_status: candidates.reject_status(),
        };
        let mut response = RejectionResponse::new(rejection, &context);
        if let Some(cors) = &self.config.cors {
            response.headers.extend(cors.headers(incoming.headers.get(ORIGIN)));
        }
        response
    }
}
