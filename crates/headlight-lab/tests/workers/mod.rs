//! Workers as a page drives them, without a browser.
#![allow(dead_code)] // no test needs all of it

use headlight_lab::Lab;
use headlight_lab::messages::{Part, Reply, Request, Settings, Started, Step, Stepped};

/// A small training of copying, solved in some dozen steps.
pub fn small() -> Settings {
    Settings {
        length: Some(4),
        symbols: Some(6),
        layers: Some(1),
        heads: Some(2),
        d_model: Some(32),
        d_ff: Some(64),
        batch_size: Some(32),
        ..Settings::default()
    }
}

pub fn start(settings: &Settings, part: Part) -> Request {
    Request::Start { settings: Box::new(settings.clone()), part }
}

pub fn alone() -> Part {
    Part { shard: 0, shards: 1 }
}

/// What is said to a request that is carried out.
pub fn said(lab: &mut Lab, request: Request, beside: &[u8]) -> (Reply, Vec<u8>) {
    let (reply, beside) = lab.handle(request, beside);
    if let Reply::Refused { reason } = &reply {
        panic!("{reason}");
    }
    (reply, beside)
}

/// Why a request is refused.
pub fn reason(lab: &mut Lab, request: Request, beside: &[u8]) -> String {
    let (reply, beside) = lab.handle(request, beside);
    let Reply::Refused { reason } = reply else { panic!("not refused: {reply:?}") };
    assert!(beside.is_empty());
    assert!(!reason.is_empty() && !reason.chars().any(char::is_control), "{reason:?}");
    reason
}

/// The workers of a page, each with its part.
pub struct Workers(pub Vec<Lab>);

impl Workers {
    pub fn start(settings: &Settings, count: usize) -> (Self, Started) {
        Self::begin(count, |part| (start(settings, part), Vec::new()))
    }

    pub fn open(archive: &[u8], settings: Option<&Settings>, count: usize) -> (Self, Started) {
        let settings = settings.map(|settings| Box::new(settings.clone()));
        Self::begin(count, |part| (Request::Open { settings: settings.clone(), part }, archive.to_vec()))
    }

    fn begin(count: usize, request: impl Fn(Part) -> (Request, Vec<u8>)) -> (Self, Started) {
        let mut workers = Self((0..count).map(|_| Lab::new()).collect());
        let mut all = Vec::new();
        for (shard, lab) in workers.0.iter_mut().enumerate() {
            let (request, beside) = request(Part { shard, shards: count });
            let (Reply::Started(started), _) = said(lab, request, &beside) else { panic!("not started") };
            all.push(*started);
        }
        assert!(all.iter().all(|one| *one == all[0]));
        (workers, all.remove(0))
    }

    /// One step of all of them, with the evaluation that it ends in.
    pub fn step(&mut self) -> (Step, bool) {
        let mut parts = self.0.iter().map(|lab| lab.gradients().expect("a part"));
        let mut sum = parts.next().expect("a worker");
        for others in parts {
            sum.iter_mut().zip(&others).for_each(|(sum, other)| *sum += other);
        }
        let mut stepped: Vec<Stepped> = self.0.iter_mut().map(|lab| lab.apply(&sum, 0.01)).collect();
        if matches!(stepped[0], Stepped::Taken { evaluation_due: true, .. }) {
            let right = self.0.iter().map(|lab| lab.count(&[]).expect("no changes")).sum();
            stepped = self.0.iter_mut().map(|lab| lab.evaluated(right)).collect();
        }
        assert!(stepped.iter().all(|one| *one == stepped[0]), "all workers did the same");
        match stepped.remove(0) {
            Stepped::Taken { step, evaluation_due: false, done, .. } => (step, done),
            other => panic!("{other:?}"),
        }
    }

    /// So many steps, or until the training is done.
    pub fn steps(&mut self, most: usize) -> Vec<Step> {
        let mut steps = Vec::new();
        while steps.len() < most {
            let (step, done) = self.step();
            steps.push(step);
            if done {
                break;
            }
        }
        steps
    }

    pub fn first(&mut self) -> &mut Lab {
        &mut self.0[0]
    }
}
