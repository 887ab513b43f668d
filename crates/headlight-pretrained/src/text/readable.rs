//! How a vocabulary spells its tokens, and the tokens as a reader knows them.

/// The rules by which a vocabulary's spelling of a token differs from the text that the token stands for.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Spelling {
    /// Every byte of the text is written as one visible character: GPT-2's `Ġ` is a space.
    pub(super) byte_level: bool,
    /// A token such as `<0xE4>` is one byte.
    pub(super) byte_tokens: bool,
    /// What is written for a space: SentencePiece's `▁`.
    pub(super) space: Option<char>,
    /// What a token begins with that continues a word: BERT's `##`.
    pub(super) continuing: Option<String>,
    /// What a token ends with that ends a word, such as `</w>`.
    pub(super) ending: Option<String>,
}

impl Spelling {
    /// The text that a token stands for. Bytes that are part of a character only are written as `\xF0`, so that the tokens
    /// that share a character have different labels.
    pub(super) fn readable(&self, raw: &str) -> String {
        if self.byte_level
            && let Some(bytes) = raw.chars().map(byte).collect::<Option<Vec<u8>>>()
        {
            return text(&bytes);
        }
        if self.byte_tokens
            && let Some(byte) = byte_token(raw)
        {
            return text(&[byte]);
        }
        let mut shown = raw;
        if let Some(prefix) = &self.continuing {
            shown = shown.strip_prefix(prefix.as_str()).filter(|rest| !rest.is_empty()).unwrap_or(shown);
        }
        if let Some(suffix) = &self.ending {
            shown = shown.strip_suffix(suffix.as_str()).filter(|rest| !rest.is_empty()).unwrap_or(shown);
        }
        match self.space {
            Some(space) => shown.replace(space, " "),
            None => shown.to_string(),
        }
    }
}

/// The byte that a character of a byte-level vocabulary stands for: printable Latin-1 stands for itself, and the other bytes,
/// in their order, for the characters from U+0100 on.
fn byte(character: char) -> Option<u8> {
    let code = u32::from(character);
    let byte = match code {
        0x21..=0x7e | 0xa1..=0xac | 0xae..=0xff => code,
        0x100..=0x120 => code - 0x100,
        0x121..=0x142 => code - 0x121 + 0x7f,
        0x143 => 0xad,
        _ => return None,
    };
    u8::try_from(byte).ok()
}

/// `<0xE4>` → 0xE4
fn byte_token(raw: &str) -> Option<u8> {
    let digits = raw.strip_prefix("<0x")?.strip_suffix('>')?;
    (digits.len() == 2).then(|| u8::from_str_radix(digits, 16).ok())?
}

/// Bytes as a text, with `\xF0` for each that belongs to no whole character.
fn text(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            text.push_str(&format!("\\x{byte:02X}"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_has_one_character() {
        let written = (0..0x150).filter_map(char::from_u32).filter_map(byte);
        let mut bytes: Vec<u8> = written.collect();
        bytes.sort_unstable();
        assert_eq!(bytes, (0..=255).collect::<Vec<u8>>());
    }

    #[test]
    fn spellings_are_read() {
        let byte_level = Spelling { byte_level: true, ..Spelling::default() };
        for (raw, shown) in
            [("Ġcat", " cat"), ("Ċ", "\n"), ("ä¸Ń", "中"), ("ðŁ", "\\xF0\\x9F"), ("ĺĢ!", "\\x98\\x80!"), ("中", "中")]
        {
            assert_eq!(byte_level.readable(raw), shown, "{raw}");
        }
        let pieces = Spelling { byte_tokens: true, space: Some('▁'), ..Spelling::default() };
        for (raw, shown) in [("▁cat", " cat"), ("<0x0A>", "\n"), ("<0xE4>", "\\xE4"), ("<0xE4", "<0xE4"), ("▁▁", "  ")]
        {
            assert_eq!(pieces.readable(raw), shown, "{raw}");
        }
        let words = Spelling { continuing: Some("##".into()), ending: Some("</w>".into()), ..Spelling::default() };
        for (raw, shown) in [("##ing", "ing"), ("##", "##"), ("cat</w>", "cat"), ("</w>", "</w>")] {
            assert_eq!(words.readable(raw), shown, "{raw}");
        }
    }
}
