//! Pages, read again by a reader that shares no code with what wrote them.

mod page_data;
mod findings;
mod numbers;
mod page;
