//! The conditions under which attempts run.

use super::kv::View;
use proptest::prelude::*;

#[derive(Clone, Copy, Debug)]
pub struct Conditions {
    pub view: View,
    pub kv_millis: u64,
    pub answer: Answer,
    pub answer_millis: u64,
    pub fate: Fate,
}

#[derive(Clone, Copy, Debug)]
pub enum Answer {
    /// The set, or 304 if the entity tag is still that of the set.
    Good,
    Down,
    Empty,
    Garbage,
    /// 304 for an entity tag that was not sent.
    Unasked,
}

/// The fate of the request that carries an attempt out.
#[derive(Clone, Copy, Debug)]
pub enum Fate {
    Lives,
    /// The request ends while it reads KV.
    DiesEarly,
    /// The request ends while the issuer answers.
    Dies,
    /// The request gets KV's answer this many milliseconds late.
    FreezesEarly(u64),
    /// The request gets the issuer's answer this many milliseconds late.
    Freezes(u64),
}

/// Returns any conditions.
pub fn any_conditions() -> impl Strategy<Value = Conditions> {
    let answer = prop_oneof![
        6 => Just(Answer::Good),
        2 => Just(Answer::Down),
        1 => Just(Answer::Empty),
        1 => Just(Answer::Garbage),
        1 => Just(Answer::Unasked),
    ];
    let fate = prop_oneof![
        12 => Just(Fate::Lives),
        1 => Just(Fate::DiesEarly),
        1 => Just(Fate::Dies),
        1 => (0_u64..60_000).prop_map(Fate::FreezesEarly),
        1 => (0_u64..60_000).prop_map(Fate::Freezes),
        1 => (0_u64..10_000_000).prop_map(Fate::Freezes),
    ];
    (any_view(), 0_u64..4_000, answer, prop_oneof![0_u64..700, 0_u64..8_000], fate).prop_map(
        |(view, kv_millis, answer, answer_millis, fate)| Conditions {
            view,
            kv_millis,
            answer,
            answer_millis,
            fate,
        },
    )
}

/// Returns conditions in which an attempt ends within [`HEALTHY_MILLIS`]. KV may show anything.
pub fn healthy_conditions() -> impl Strategy<Value = Conditions> {
    (any_view(), 0_u64..100, 0_u64..300).prop_map(|(view, kv_millis, answer_millis)| Conditions {
        view,
        kv_millis,
        answer: Answer::Good,
        answer_millis,
        fate: Fate::Lives,
    })
}

/// The maximum duration of an attempt in healthy conditions, in milliseconds.
pub const HEALTHY_MILLIS: u64 = 400;

fn any_view() -> impl Strategy<Value = View> {
    prop_oneof![
        4 => Just(View::Newest),
        2 => (1_usize..5).prop_map(View::Earlier),
        2 => Just(View::Nothing),
        1 => Just(View::Corrupt),
    ]
}
