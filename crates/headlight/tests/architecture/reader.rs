//! Reads the paths that stand in a module's items.

use std::collections::HashMap;

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, Expr, Item, ItemUse, UseTree, Visibility};

use crate::gate::Gate;
use crate::sources::Mention;

/// Collects the paths of one module; those of modules inside it are read by themselves.
#[derive(Default)]
pub struct Reader {
    /// Whether all of the module stands under a feature of the system.
    pub optional: bool,
    pub imports: HashMap<String, Vec<String>>,
    pub mentions: Vec<Mention>,
}

impl Reader {
    fn mention(&mut self, path: Vec<String>, re_export: bool) {
        self.mentions.push(Mention { path, re_export, optional: self.optional });
    }

    /// Calls `read` unless it is a test that has these attributes.
    fn gated(&mut self, attributes: &[Attribute], read: impl FnOnce(&mut Self)) {
        let before = self.optional;
        match Gate::of(attributes) {
            Gate::Test => return,
            Gate::System => self.optional = true,
            Gate::Open => {}
        }
        read(self);
        self.optional = before;
    }

    fn use_tree(&mut self, tree: &UseTree, before: &[String], re_export: bool) {
        let with = |name: String| [before, &[name]].concat();
        match tree {
            UseTree::Path(path) => self.use_tree(&path.tree, &with(path.ident.to_string()), re_export),
            UseTree::Group(group) => group.items.iter().for_each(|item| self.use_tree(item, before, re_export)),
            UseTree::Glob(_) => self.mention(before.to_vec(), re_export),
            UseTree::Name(name) if name.ident == "self" => {
                self.import(before.last().cloned(), before.to_vec(), re_export)
            }
            UseTree::Name(name) => self.import(Some(name.ident.to_string()), with(name.ident.to_string()), re_export),
            UseTree::Rename(rename) => {
                let path = if rename.ident == "self" { before.to_vec() } else { with(rename.ident.to_string()) };
                self.import(Some(rename.rename.to_string()), path, re_export);
            }
        }
    }

    fn import(&mut self, name: Option<String>, path: Vec<String>, re_export: bool) {
        if let Some(name) = name {
            self.imports.insert(name, path.clone());
        }
        self.mention(path, re_export);
    }

    /// The paths among a macro's tokens: names with `::` between them.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut path = Vec::new();
        let mut joined = false;
        for token in tokens {
            match token {
                TokenTree::Ident(name) => {
                    if !joined {
                        self.end_path(&mut path);
                    }
                    path.push(name.to_string());
                    joined = false;
                }
                TokenTree::Punct(mark) if mark.as_char() == ':' => joined = true,
                TokenTree::Group(group) => {
                    self.end_path(&mut path);
                    self.tokens(group.stream());
                    joined = false;
                }
                _ => {
                    self.end_path(&mut path);
                    joined = false;
                }
            }
        }
        self.end_path(&mut path);
    }

    fn end_path(&mut self, path: &mut Vec<String>) {
        if !path.is_empty() {
            self.mention(std::mem::take(path), false);
        }
    }
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item(&mut self, item: &'ast Item) {
        if matches!(item, Item::Mod(_)) {
            return;
        }
        self.gated(attributes_of(item), |reader| visit::visit_item(reader, item));
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        self.gated(&function.attrs, |reader| visit::visit_impl_item_fn(reader, function));
    }

    fn visit_field(&mut self, field: &'ast syn::Field) {
        self.gated(&field.attrs, |reader| visit::visit_field(reader, field));
    }

    fn visit_field_value(&mut self, field: &'ast syn::FieldValue) {
        self.gated(&field.attrs, |reader| visit::visit_field_value(reader, field));
    }

    fn visit_variant(&mut self, variant: &'ast syn::Variant) {
        self.gated(&variant.attrs, |reader| visit::visit_variant(reader, variant));
    }

    fn visit_arm(&mut self, arm: &'ast syn::Arm) {
        self.gated(&arm.attrs, |reader| visit::visit_arm(reader, arm));
    }

    fn visit_local(&mut self, local: &'ast syn::Local) {
        self.gated(&local.attrs, |reader| visit::visit_local(reader, local));
    }

    fn visit_expr(&mut self, expression: &'ast Expr) {
        self.gated(attributes_of_expression(expression), |reader| visit::visit_expr(reader, expression));
    }

    fn visit_stmt_macro(&mut self, statement: &'ast syn::StmtMacro) {
        self.gated(&statement.attrs, |reader| visit::visit_stmt_macro(reader, statement));
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        self.use_tree(&item.tree, &[], !matches!(item.vis, Visibility::Inherited));
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.mention(path.segments.iter().map(|segment| segment.ident.to_string()).collect(), false);
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, called: &'ast syn::Macro) {
        visit::visit_macro(self, called);
        self.mention(called.path.segments.last().map(|name| format!("{}!", name.ident)).into_iter().collect(), false);
        self.tokens(called.tokens.clone());
    }

    // Attributes name helpers of macros, not code.
    fn visit_attribute(&mut self, _: &'ast Attribute) {}

    // `pub(in path)` and `pub(super)`.
    fn visit_visibility(&mut self, _: &'ast Visibility) {}
}

fn attributes_of(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// Of the expressions that a `#[cfg(…)]` is put on.
fn attributes_of_expression(expression: &Expr) -> &[Attribute] {
    match expression {
        Expr::Assign(expression) => &expression.attrs,
        Expr::Block(expression) => &expression.attrs,
        Expr::Call(expression) => &expression.attrs,
        Expr::ForLoop(expression) => &expression.attrs,
        Expr::If(expression) => &expression.attrs,
        Expr::Match(expression) => &expression.attrs,
        Expr::MethodCall(expression) => &expression.attrs,
        Expr::Return(expression) => &expression.attrs,
        Expr::Struct(expression) => &expression.attrs,
        _ => &[],
    }
}
