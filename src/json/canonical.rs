//! The canonical form: names sorted bytewise, no white space, integers only, no Unicode
//! normalisation.
//!
//! Source: the OLPC canonical JSON that the TUF specification (1.0.x, "Metaformat") names, in which a
//! string escapes nothing but `"` and `\`. That is not JSON once a string holds a control character, so
//! our own documents are written in the [`Form::Json`], which differs from it in just those characters.

use super::value::Value;

/// How control characters inside strings are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// As JSON asks: `\n`, `\t`, `\u001b`. For documents: any JSON reader reads them.
    Json,
    /// As they are. What TUF signs; the same bytes as [`Form::Json`] where no string holds a control
    /// character.
    Tuf,
}

/// The canonical bytes of a value.
#[must_use]
pub fn canonical(value: &Value, form: Form) -> Vec<u8> {
    let mut out = Vec::with_capacity(256);
    write(value, form, &mut out);
    out
}

fn write(value: &Value, form: Form, out: &mut Vec<u8>) {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Bool(true) => out.extend_from_slice(b"true"),
        Value::Bool(false) => out.extend_from_slice(b"false"),
        Value::Int(int) => out.extend_from_slice(int.to_string().as_bytes()),
        Value::Text(text) => write_text(text, form, out),
        Value::List(list) => {
            out.push(b'[');
            for (index, value) in list.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write(value, form, out);
            }
            out.push(b']');
        }
        Value::Table(table) => {
            out.push(b'{');
            for (index, (name, value)) in table.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write_text(name, form, out);
                out.push(b':');
                write(value, form, out);
            }
            out.push(b'}');
        }
    }
}

fn write_text(text: &str, form: Form, out: &mut Vec<u8>) {
    out.push(b'"');
    for byte in text.bytes() {
        match byte {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' if form == Form::Json => out.extend_from_slice(b"\\n"),
            b'\r' if form == Form::Json => out.extend_from_slice(b"\\r"),
            b'\t' if form == Form::Json => out.extend_from_slice(b"\\t"),
            0..0x20 if form == Form::Json => {
                out.extend_from_slice(format!("\\u{byte:04x}").as_bytes());
            }
            _ => out.push(byte),
        }
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::parse;

    #[test]
    fn sorts_and_escapes() {
        let value =
            parse("{\"b\" : [1, -2, true, null], \"a\\n\\\"\": \"\\u00e9\\u001b\\\\\"}".as_bytes()).unwrap();
        assert_eq!(
            String::from_utf8(canonical(&value, Form::Json)).unwrap(),
            "{\"a\\n\\\"\":\"\u{e9}\\u001b\\\\\",\"b\":[1,-2,true,null]}"
        );
        assert_eq!(
            String::from_utf8(canonical(&value, Form::Tuf)).unwrap(),
            "{\"a\n\\\"\":\"\u{e9}\u{1b}\\\\\",\"b\":[1,-2,true,null]}"
        );
    }

    proptest::proptest! {
        #[test]
        fn reads_back(text in "\\PC*", int: i64, control in "[\\x00-\\x1f]{0,4}") {
            let value = Value::from([("t", Value::Text(text)), (control.as_str(), Value::Int(int))]);
            proptest::prop_assert_eq!(parse(&canonical(&value, Form::Json)).unwrap(), value);
        }
    }
}
