//! Pages, read again by a reader that shares no code with what wrote them.

mod page_data;
mod numbers;
mod page;
