//! `bindgen MODULE DIR`: the module as a browser loads it, `lab_bg.wasm`, and the script that loads it, `lab.js`.

use std::process::ExitCode;

use wasm_bindgen_cli_support::Bindgen;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [module, directory] = words.as_slice() else {
        eprintln!("usage: bindgen MODULE DIR");
        return ExitCode::from(2);
    };
    let made = Bindgen::new().input_path(module).no_modules(true).and_then(|bindgen| {
        bindgen
            .remove_name_section(true)
            .remove_producers_section(true)
            .typescript(false)
            .out_name("lab")
            .generate(directory)
    });
    match made {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:?}");
            ExitCode::FAILURE
        }
    }
}
