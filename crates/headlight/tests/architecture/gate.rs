//! Whether code is compiled always, under a feature, or in tests only.

use syn::{Attribute, Expr, ExprLit, Lit, Meta, Token};

/// Features that bring in what a browser doesn't have. Code under one of them can be switched off.
const FEATURES_OF_THE_SYSTEM: [&str; 3] = ["threads", "allocator", "installed-fonts"];

/// When an item is compiled, as far as this matters here.
#[derive(Clone, Copy, PartialEq)]
pub enum Gate {
    Open,
    /// Only with one of the features of the system.
    System,
    Test,
}

impl Gate {
    pub fn of(attributes: &[Attribute]) -> Self {
        let gates = attributes.iter().filter(|attribute| attribute.path().is_ident("cfg")).map(|attribute| {
            attribute.parse_args::<Meta>().map_or(Self::Open, |condition| Self::of_condition(&condition))
        });
        Self::strictest(gates)
    }

    /// Of `not(…)` and `any(…)` nothing is concluded.
    fn of_condition(condition: &Meta) -> Self {
        match condition {
            Meta::Path(path) if path.is_ident("test") => Self::Test,
            Meta::NameValue(pair) if pair.path.is_ident("feature") => {
                let is_of_the_system = |feature: String| FEATURES_OF_THE_SYSTEM.contains(&feature.as_str());
                if literal(&pair.value).is_some_and(is_of_the_system) { Self::System } else { Self::Open }
            }
            Meta::List(all) if all.path.is_ident("all") => {
                let conditions = all.parse_args_with(syn::punctuated::Punctuated::<Meta, Token![,]>::parse_terminated);
                conditions.map_or(Self::Open, |conditions| Self::strictest(conditions.iter().map(Self::of_condition)))
            }
            _ => Self::Open,
        }
    }

    fn strictest(gates: impl Iterator<Item = Self>) -> Self {
        gates.fold(Self::Open, |strictest, gate| match (strictest, gate) {
            (Self::Test, _) | (_, Self::Test) => Self::Test,
            (Self::System, _) | (_, Self::System) => Self::System,
            _ => Self::Open,
        })
    }
}

/// The text of a string literal.
pub fn literal(value: &Expr) -> Option<String> {
    match value {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
        _ => None,
    }
}
