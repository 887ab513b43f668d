//! What the browser's worker calls. It knows no clock: `viewer/src/lab/worker.ts` does.

use wasm_bindgen::prelude::*;

use crate::Lab;
use crate::messages::HeadChange;
use crate::one_line::one_line;

/// A reply, and the bytes beside it.
#[wasm_bindgen(getter_with_clone)]
pub struct Answer {
    /// A reply as JSON.
    pub json: String,
    /// The bytes that the reply speaks of; empty where it speaks of none.
    pub beside: Vec<u8>,
}

/// A [`Lab`] for a browser. Whatever fails in a way that was not foreseen is thrown as an `Error` with one line, and the module must not
/// be used any more.
#[wasm_bindgen]
pub struct Worker(Lab);

#[wasm_bindgen]
impl Worker {
    /// Without a training.
    #[wasm_bindgen(constructor)]
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        std::panic::set_hook(Box::new(|panic| {
            let message = panic.payload_as_str().unwrap_or("it did not say why");
            wasm_bindgen::throw_str(&one_line(&format!("the lab failed: {message}")));
        }));
        Self(Lab::new())
    }

    /// [`Lab::handle_json`].
    pub fn handle(&mut self, request: &str, beside: &[u8]) -> Answer {
        let (json, beside) = self.0.handle_json(request, beside);
        Answer { json, beside }
    }

    /// [`Lab::gradients`]; throws where they are refused.
    pub fn gradients(&self) -> Result<Vec<f32>, JsError> {
        Ok(self.0.gradients()?)
    }

    /// [`Lab::apply`], as JSON.
    pub fn apply(&mut self, sum: &[f32], seconds: f64) -> String {
        json(&self.0.apply(sum, seconds))
    }

    /// [`Lab::count`] with changes as JSON; throws where they are refused.
    pub fn count(&self, changes: &str) -> Result<usize, JsError> {
        let changes: Vec<HeadChange> = serde_json::from_str(changes)?;
        Ok(self.0.count(&changes)?)
    }

    /// [`Lab::evaluated`], as JSON.
    pub fn evaluated(&mut self, right: usize) -> String {
        json(&self.0.evaluated(right))
    }
}

fn json(message: &impl serde::Serialize) -> String {
    serde_json::to_string(message).expect("messages are plain data")
}
