//! What befalls the attempts that begin.

use super::store::View;
use proptest::prelude::*;

#[derive(Clone, Copy, Debug)]
pub struct Weather {
    pub view: View,
    pub store_millis: u64,
    pub answer: Answer,
    pub answer_millis: u64,
    pub fate: Fate,
}

#[derive(Clone, Copy, Debug)]
pub enum Answer {
    /// The set, or 304 for the entity tag that it still has.
    Good,
    Down,
    Empty,
    Garbage,
    /// 304 for an entity tag that nobody holds.
    Unasked,
}

/// What becomes of the request that carries an attempt out.
#[derive(Clone, Copy, Debug)]
pub enum Fate {
    Lives,
    /// Gone while it reads the store.
    DiesEarly,
    /// Gone while the issuer answers.
    Dies,
    /// Reads the store so much later.
    FreezesEarly(u64),
    /// Hears the issuer's answer so much later.
    Freezes(u64),
}

/// Whatever there is.
pub fn any_weather() -> impl Strategy<Value = Weather> {
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
        |(view, store_millis, answer, answer_millis, fate)| Weather {
            view,
            store_millis,
            answer,
            answer_millis,
            fate,
        },
    )
}

/// The issuer answers within [`HEALTHY_MILLIS`]; the store may still show anything.
pub fn healthy_weather() -> impl Strategy<Value = Weather> {
    (any_view(), 0_u64..100, 0_u64..300).prop_map(|(view, store_millis, answer_millis)| Weather {
        view,
        store_millis,
        answer: Answer::Good,
        answer_millis,
        fate: Fate::Lives,
    })
}

/// How long an attempt takes at most in healthy weather.
pub const HEALTHY_MILLIS: u64 = 400;

fn any_view() -> impl Strategy<Value = View> {
    prop_oneof![
        4 => Just(View::Newest),
        2 => (1_usize..5).prop_map(View::Earlier),
        2 => Just(View::Nothing),
        1 => Just(View::Corrupt),
    ]
}
