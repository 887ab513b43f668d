//! What stands in the lab's page: all that it runs, and nothing of it from outside but as data.

use headlight_lab::messages::{Catalogue, Settings};
use headlight_lab::{is_lab_page, lab_html};

/// A page that is mailed.
const MOST: usize = 2_000_000;

#[test]
fn the_page_is_small_enough_to_send() {
    let page = lab_html(&Catalogue::new(Settings::default()));
    assert!(page.len() <= MOST, "{} bytes", page.len());
}

#[test]
fn settings_are_data() {
    let nasty = "a</script><script>alert(1)</script>\t<!--\u{2028}&amp;\n";
    let page = |pairs: Option<&str>| {
        let settings =
            Settings { task: Some("file".to_string()), pairs: pairs.map(str::to_string), ..Settings::default() };
        lab_html(&Catalogue::new(settings))
    };
    let (harmless, page) = (page(None), page(Some(nasty)));
    for tag in ["<script", "</script", "<!--", "\u{2028}"] {
        assert_eq!(page.matches(tag).count(), harmless.matches(tag).count(), "{tag}");
    }
    let (_, rest) = page.split_once("id=\"catalogue\">").expect("a catalogue");
    let (json, _) = rest.split_once("</script>").expect("its end");
    let catalogue: Catalogue = serde_json::from_str(json).expect("a catalogue");
    assert_eq!(catalogue.settings.pairs.as_deref(), Some(nasty));
}

#[test]
fn the_policy_lets_the_page_compile_and_start_workers_and_load_nothing() {
    let page = lab_html(&Catalogue::new(Settings::default()));
    let (_, policy) = page.split_once("http-equiv=\"Content-Security-Policy\" content=\"").expect("a policy");
    let (policy, rest) = policy.split_once('"').expect("its end");
    let rules: Vec<&str> = policy.split("; ").collect();
    assert_eq!(rules[0], "default-src 'none'");
    for rule in ["worker-src blob:", "connect-src 'none'", "base-uri 'none'", "form-action 'none'"] {
        assert!(rules.contains(&rule), "{policy}");
    }
    let scripts = rules.iter().find_map(|rule| rule.strip_prefix("script-src 'sha256-")).expect("a rule for scripts");
    assert!(scripts.ends_with("=' 'wasm-unsafe-eval'") && scripts.matches(' ').count() == 1, "{policy}");
    assert!(
        !policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'") && !policy.contains('*'),
        "{policy}"
    );
    assert!(!rest.contains(" src=\"http") && !rest.contains("href=\"http"), "nothing is fetched");
}

#[test]
fn a_lab_page_is_known_by_its_beginning() {
    let page = lab_html(&Catalogue::new(Settings::default()));
    assert!(is_lab_page(page.as_bytes()));
    assert!(is_lab_page(&page.as_bytes()[..1000]));
    for other in ["", "<!doctype html>", "notes about Headlight lab 1", &page[1..]] {
        assert!(!is_lab_page(other.as_bytes()), "{other:.40}");
    }
    let report = page.replacen("Headlight lab ", "Headlight ", 1);
    assert!(!is_lab_page(report.as_bytes()));
}
