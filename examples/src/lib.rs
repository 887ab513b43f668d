//! Numbered programs to read beside the pages of `docs/`:
//!
//! ```text
//! cargo run -p headlight-examples --example 01_one_head
//! ```
//!
//! This library exists so that the snippets of the README and of `docs/` are compiled and run as tests; it also writes the
//! measured table of docs/tasks.md.

pub mod task_table;

macro_rules! tested_page {
    ($name:ident, $path:literal) => {
        #[cfg(doctest)]
        #[doc = include_str!($path)]
        mod $name {}
    };
}

tested_page!(readme, "../../README.md");
tested_page!(readme_zh, "../../README.zh-CN.md");
tested_page!(attention, "../../docs/attention.md");
tested_page!(mask_and_scale, "../../docs/mask-and-scale.md");
tested_page!(step_by_step, "../../docs/step-by-step.md");
tested_page!(heads, "../../docs/heads.md");
tested_page!(training_to_copy, "../../docs/training-to-copy.md");
tested_page!(tasks, "../../docs/tasks.md");
tested_page!(positions, "../../docs/positions.md");
tested_page!(reading_heatmaps, "../../docs/reading-heatmaps.md");
tested_page!(summary_onnx_graph, "../../docs/summary-onnx-graph.md");
tested_page!(from_the_notes, "../../docs/from-the-notes.md");
tested_page!(check, "../../docs/check.md");
tested_page!(compiled, "../../docs/compiled.md");
tested_page!(attention_zh, "../../docs/zh/attention.md");
tested_page!(mask_and_scale_zh, "../../docs/zh/mask-and-scale.md");
tested_page!(step_by_step_zh, "../../docs/zh/step-by-step.md");
tested_page!(heads_zh, "../../docs/zh/heads.md");
tested_page!(training_to_copy_zh, "../../docs/zh/training-to-copy.md");
tested_page!(tasks_zh, "../../docs/zh/tasks.md");
tested_page!(positions_zh, "../../docs/zh/positions.md");
tested_page!(reading_heatmaps_zh, "../../docs/zh/reading-heatmaps.md");
tested_page!(summary_onnx_graph_zh, "../../docs/zh/summary-onnx-graph.md");
tested_page!(from_the_notes_zh, "../../docs/zh/from-the-notes.md");
tested_page!(check_zh, "../../docs/zh/check.md");
tested_page!(compiled_zh, "../../docs/zh/compiled.md");
