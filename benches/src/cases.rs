//! Headlight's part of each case, one a process, so that its peak memory is the case's own.

mod training;
mod attention;
mod drawing;
mod forward;

use crate::subject::text_for;
use crate::work::Case;

/// Does the case and returns what to print: one line of JSON.
pub(crate) fn run(case: &Case) -> anyhow::Result<String> {
    let answer = match *case {
        Case::Training { architecture, steps } => training::run(architecture, steps)?,
        Case::Attention { form, pass, size, measure } => attention::run(form, pass, size, measure)?,
        Case::Drawing { pictures } => drawing::run(pictures)?,
        Case::Forward(ref asked) => forward::run(asked)?,
        Case::Text { ref model, n_tokens } => serde_json::json!({ "text": text_for(model, n_tokens)? }),
        Case::Whole | Case::Lens { .. } | Case::Attend(_) => {
            anyhow::bail!("this case is the headlight program's, and not this one's")
        }
    };
    Ok(answer.to_string())
}
