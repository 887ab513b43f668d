use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Serialize;
use serde_json::Value;

use crate::child::{self, Answer};
use crate::machine;
use crate::work::{Asked, Case, Form, Group, Measure, Pass, Pictures};

/// The Python that runs the peers, and what it has.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Peers {
    #[serde(rename = "program")]
    python: PathBuf,
    /// Versions; `None` where the package cannot be imported.
    #[serde(rename = "version")]
    pub(crate) python_version: Option<String>,
    pub(crate) torch: Option<String>,
    pub(crate) matplotlib: Option<String>,
    pub(crate) transformer_lens: Option<String>,
    pub(crate) transformers: Option<String>,
}

/// One way of running a peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Peer {
    /// PyTorch with so many threads, and matplotlib where there is something to draw.
    Threads(usize),
    /// matplotlib alone.
    Matplotlib,
}

/// Imports everything, and so warms the disk's cache and makes matplotlib's list of fonts: no case should pay for those.
const PROBE: &str = "
import importlib, importlib.metadata, json, platform
def version(package, module):
    try:
        importlib.import_module(module)
        return importlib.metadata.version(package)
    except Exception:
        return None
print(json.dumps({
    'python': platform.python_version(),
    'torch': version('torch', 'torch'),
    'matplotlib': version('matplotlib', 'matplotlib.pyplot'),
    'transformer_lens': version('transformer-lens', 'transformer_lens.head_detector'),
    'transformers': version('transformers', 'transformers.models.auto.modeling_auto'),
}))";

impl Peers {
    /// Asks a Python for its packages; one that does not start has none.
    pub(crate) fn find(python: &Path) -> Self {
        let answer = child::run(Command::new(python).args(["-c", PROBE]));
        let version = |name: &str| {
            let fields = &answer.as_ref().ok()?.fields;
            fields.get(name).and_then(Value::as_str).map(str::to_string)
        };
        Self {
            python: python.to_path_buf(),
            python_version: version("python"),
            torch: version("torch"),
            matplotlib: version("matplotlib"),
            transformer_lens: version("transformer_lens"),
            transformers: version("transformers"),
        }
    }

    /// What to say where something is missing.
    pub(crate) fn missing(&self) -> Option<String> {
        let python = self.python.display();
        let advice = "see benches/README.md for how to set the peers up";
        if self.python_version.is_none() {
            return Some(format!("Headlight alone: '{python}' does not start; {advice}."));
        }
        let packages = [
            ("PyTorch", "no torch", &self.torch),
            ("matplotlib", "no matplotlib", &self.matplotlib),
            ("TransformerLens", "no transformer-lens", &self.transformer_lens),
            ("transformers", "no transformers", &self.transformers),
        ];
        let missing: Vec<_> = packages.iter().filter(|(.., version)| version.is_none()).collect();
        let list = |words: Vec<&str>| words.join(" and ");
        let has = list(missing.iter().map(|(_, has, _)| *has).collect());
        match missing.len() {
            0 => None,
            4 => Some(format!("Headlight alone: '{python}' has {has}; {advice}.")),
            _ => {
                let peers = list(missing.iter().map(|(peer, ..)| *peer).collect());
                Some(format!("Without {peers}: '{python}' has {has}; {advice}."))
            }
        }
    }

    /// The ways in which this Python can do a case.
    pub(crate) fn ways(&self, case: &Case) -> Vec<Peer> {
        let can = match case {
            Case::Training { .. } | Case::Attention { .. } => self.torch.is_some(),
            Case::Whole => self.torch.is_some() && self.matplotlib.is_some(),
            Case::Drawing { .. } => self.matplotlib.is_some(),
            Case::Lens { .. } => self.transformer_lens.is_some(),
            Case::Text { .. } => false,
            Case::Attend(_) | Case::Forward(_) => self.transformers.is_some() && self.matplotlib.is_some(),
        };
        match case {
            _ if !can => Vec::new(),
            Case::Drawing { .. } => vec![Peer::Matplotlib],
            _ => thread_counts(machine::cores()).into_iter().map(Peer::Threads).collect(),
        }
    }

    /// The peer does the case in a process of its own. `trained` is the run that a lens looks at.
    pub(crate) fn run(&self, case: &Case, peer: Peer, trained: Option<&Path>) -> anyhow::Result<Answer> {
        let pictures = tempfile::tempdir()?;
        let mut command = Command::new(&self.python);
        command.args(arguments(case, pictures.path()));
        if let (Case::Lens { .. }, Some(run)) = (case, trained) {
            command.arg("--run").arg(run);
        }
        if let Peer::Threads(threads) = peer {
            command.args(["--threads", &threads.to_string()]);
        }
        let answer = child::run(&mut command)?;
        let solved = answer.fields.get("solved") == Some(&Value::Bool(true));
        anyhow::ensure!(solved || *case != Case::Whole, "PyTorch did not solve the task");
        if let Case::Attend(asked) | Case::Forward(asked) = case {
            let tokens = answer.fields.get("tokens").unwrap_or(&Value::Null);
            anyhow::ensure!(*tokens == asked.n_tokens, "{tokens} tokens instead of {}", asked.n_tokens);
        }
        Ok(answer)
    }
}

impl Peer {
    /// What it is and how it was run, for a group's rows.
    pub(crate) fn name(self, group: Group) -> String {
        match (self, group) {
            (Self::Matplotlib, _) => self.label(),
            (Self::Threads(_), Group::Whole) => format!("PyTorch with {}, and matplotlib", self.label()),
            (Self::Threads(_), Group::Pretrained) => format!("transformers with {}, and matplotlib", self.label()),
            (Self::Threads(_), Group::Lens) => format!("TransformerLens with {}", self.label()),
            (Self::Threads(_), _) => format!("PyTorch with {}", self.label()),
        }
    }

    /// How a cell of the table tells it from the other ways.
    pub(crate) fn label(self) -> String {
        match self {
            Self::Threads(1) => "1 thread".to_string(),
            Self::Threads(threads) => format!("{threads} threads"),
            Self::Matplotlib => "matplotlib".to_string(),
        }
    }
}

/// One thread, two, and as many as Headlight has by itself: PyTorch may be at its best with any of them.
fn thread_counts(cores: usize) -> Vec<usize> {
    let mut counts = vec![1, 2, cores.min(8)];
    counts.retain(|count| *count <= cores);
    counts.sort_unstable();
    counts.dedup();
    counts
}

/// The script, and what it is told.
fn arguments(case: &Case, pictures: &Path) -> Vec<String> {
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("peer");
    let words = |script: &str, words: &str| {
        let script = scripts.join(script).display().to_string();
        std::iter::once(script).chain(words.split_whitespace().map(str::to_string)).collect::<Vec<_>>()
    };
    let out = pictures.display().to_string();
    let pretrained = |asked: &Asked, repetitions: &str| {
        let model = asked.model.display().to_string();
        let picture = pictures.join("picture.png").display().to_string();
        let said = ["--model", &model, "--text", &asked.text, "--out", &picture, "--repetitions", repetitions];
        [words("pretrained_transformers.py", ""), said.map(str::to_string).to_vec()].concat()
    };
    match *case {
        Case::Text { .. } => Vec::new(), // no peer does it
        Case::Attend(ref asked) => pretrained(asked, "0"),
        Case::Forward(ref asked) => pretrained(asked, "10"),
        Case::Training { architecture, steps } => {
            words("copy_torch.py", &format!("--architecture {architecture} --fixed-steps {steps}"))
        }
        Case::Whole => [words("copy_torch.py", "--architecture decoder --draw"), vec![out]].concat(),
        Case::Attention { form, pass, size, measure } => {
            let implementation = match form {
                Form::Core => "sdpa",
                Form::Module => "mha_noweights",
                Form::ModuleWithWeights => "mha_weights",
            };
            let pass = match pass {
                Pass::Forward => "forward",
                Pass::ForwardBackward => "forward-backward",
            };
            let measure = match measure {
                Measure::Time => "time",
                Measure::Memory => "memory",
            };
            let sizes = format!(
                "--width {} --heads {} --batch {} --tokens {}",
                size.d_model, size.n_heads, size.batch_size, size.seq_length
            );
            let what = format!("--implementation {implementation} --pass {pass} --measure {measure} {sizes}");
            words("attention_torch.py", &what)
        }
        Case::Drawing { pictures } => {
            let what = match pictures {
                Pictures::Small => "small",
                Pictures::Big => "big",
            };
            [words("plot_mpl.py", &format!("--what {what} --out")), vec![out]].concat()
        }
        Case::Lens { lens } => words("lens_transformer_lens.py", &format!("--what {}", lens.name())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{subject, works};
    use crate::work::Size;

    fn peers(python: Option<&str>, packages: [Option<&str>; 4]) -> Peers {
        let [torch, matplotlib, transformer_lens, transformers] = packages.map(|text| text.map(str::to_string));
        let python_version = python.map(str::to_string);
        Peers { python: "py".into(), python_version, torch, matplotlib, transformer_lens, transformers }
    }

    #[test]
    fn what_is_missing_is_said_in_one_line() {
        let line = |peers: Peers| peers.missing().unwrap_or_default();
        let there = Some("1.0");
        assert_eq!(line(peers(there, [there; 4])), "");
        assert!(line(peers(None, [None; 4])).starts_with("Headlight alone: 'py' does not start"));
        let alone = "Headlight alone: 'py' has no torch and no matplotlib and no transformer-lens and no transformers;";
        assert!(line(peers(there, [None; 4])).starts_with(alone));
        let without = "Without PyTorch and TransformerLens: 'py' has no torch and no transformer-lens;";
        assert!(line(peers(there, [None, there, None, there])).starts_with(without));
        assert!(
            line(peers(there, [there, None, there, there])).starts_with("Without matplotlib: 'py' has no matplotlib;")
        );
        assert!(!line(peers(None, [None; 4])).contains('\n'));
    }

    #[test]
    fn a_python_that_is_not_there_does_nothing() {
        let peers = Peers::find(Path::new("/nonexistent"));
        assert!(works(&Group::ALL, 3, &[subject(1)]).iter().all(|work| peers.ways(&work.case).is_empty()));
    }

    #[test]
    fn threads_are_counted_without_asking_for_more_than_there_are() {
        assert_eq!(thread_counts(1), [1]);
        assert_eq!(thread_counts(2), [1, 2]);
        assert_eq!(thread_counts(4), [1, 2, 4]);
        assert_eq!(thread_counts(64), [1, 2, 8]);
    }

    #[test]
    fn the_peer_is_told_the_same_sizes() {
        let size = Size { d_model: 512, n_heads: 8, batch_size: 1, seq_length: 4096 };
        let (form, pass, measure) = (Form::Module, Pass::ForwardBackward, Measure::Memory);
        let arguments = arguments(&Case::Attention { form, pass, size, measure }, Path::new("out")).join(" ");
        let expected = "attention_torch.py --implementation mha_noweights --pass forward-backward --measure memory \
                        --width 512 --heads 8 --batch 1 --tokens 4096";
        assert!(arguments.ends_with(expected), "{arguments}");
    }

    #[test]
    fn the_scripts_are_there() {
        for work in works(&Group::ALL, 3, &[subject(1)]) {
            let arguments = arguments(&work.case, Path::new("out"));
            assert!(Path::new(&arguments[0]).is_file(), "{arguments:?}");
        }
    }
}
