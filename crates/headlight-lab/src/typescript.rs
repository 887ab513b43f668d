//! `viewer/src/lab/messages.ts` is [`messages`](crate::messages) in TypeScript.

use ts_rs::{Config, TS};

use crate::messages::{
    Attended, Catalogue, Change, Contents, Evaluated, HeadChange, Part, Reply, Request, Settings, Started, Step,
    Stepped, TaskEntry, VERSION,
};

/// Set to write the file instead of comparing it.
const ACCEPT: &str = "UPDATE_MESSAGES";

#[test]
fn the_messages_are_the_same_in_typescript() {
    let config = Config::default();
    macro_rules! declared {
        ($($name:ty),*) => { [$(<$name>::decl(&config)),*] };
    }
    let types = declared![
        Request, Contents, Part, Settings, HeadChange, Change, Reply, Stepped, Started, Step, Evaluated, Attended,
        Catalogue, TaskEntry
    ];
    let mut text = String::from(
        "// Made from crates/headlight-lab/src/messages.rs by `UPDATE_MESSAGES=1 cargo test -p headlight-lab`, which otherwise compares it.\n\
         import type { HeadName } from \"../data.ts\";\n\
         import type { FoundEntry, MomentsEntry } from \"../data/manifest.ts\";\n\n",
    );
    text += &format!("export const VERSION = {VERSION};\n");
    for declaration in types {
        text += &format!("\nexport {declaration}\n");
    }
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../viewer/src/lab/messages.ts");
    if std::env::var_os(ACCEPT).is_some() {
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("the folder can be made");
        std::fs::write(&path, &text).expect("the file can be written");
    }
    let known = std::fs::read_to_string(&path).expect("viewer/src/lab/messages.ts is there");
    assert!(known == text, "messages.ts is not that of messages.rs: {ACCEPT}=1 cargo test -p headlight-lab writes it");
}
