//! The quoting that the crate `shell-words` does not know.

/// Replaces `$'…'` by the text between the marks. Browsers quote so if the text holds a `!`.
///
/// # Errors
/// A `$'` is not closed, or the line holds something that only a shell could replace.
pub fn without_ansi_c(line: &str) -> Result<String, String> {
    let mut plain = String::with_capacity(line.len());
    let mut quote = None;
    let mut rest = line.chars().peekable();
    while let Some(c) = rest.next() {
        match (quote, c) {
            (None, '$') if rest.peek() == Some(&'\'') => {
                rest.next();
                plain.push_str(&shell_words::quote(&ansi_c(&mut rest)?));
                continue;
            }
            (None | Some('"'), '$') => {
                let name: String = rest
                    .clone()
                    .take_while(|c| c.is_ascii_alphanumeric() || "_{(".contains(*c))
                    .collect();
                if !name.is_empty() {
                    return Err(format!(
                        "has ${}, which only a shell could replace; paste the line with its value",
                        name.trim_matches(['{', '(']),
                    ));
                }
            }
            (None | Some('"'), '`') => {
                return Err("has a `, which only a shell could replace".into());
            }
            (None | Some('"'), '\\') => {
                plain.push(c);
                plain.extend(rest.next());
                continue;
            }
            (None, '\'' | '"') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            _ => {}
        }
        plain.push(c);
    }
    Ok(plain)
}

/// Reads the text up to the closing quotation mark.
fn ansi_c(rest: &mut impl Iterator<Item = char>) -> Result<String, String> {
    let unclosed = || "has a $' that is not closed".to_owned();
    let mut text = String::new();
    let mut rest = rest.peekable();
    loop {
        match rest.next().ok_or_else(unclosed)? {
            '\'' => return Ok(text),
            '\\' => match rest.next().ok_or_else(unclosed)? {
                'n' => text.push('\n'),
                'r' => text.push('\r'),
                't' => text.push('\t'),
                digits @ ('x' | 'u' | 'U') => {
                    let most = match digits {
                        'x' => 2,
                        'u' => 4,
                        _ => 8,
                    };
                    let mut code: u32 = 0;
                    for _ in 0..most {
                        let Some(digit) = rest.peek().and_then(|c| c.to_digit(16)) else { break };
                        rest.next();
                        code = code.wrapping_mul(16).wrapping_add(digit);
                    }
                    text.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
                }
                other => text.push(other),
            },
            c => text.push(c),
        }
    }
}
