//! Known answers: signatures of published examples, which must verify, and no longer once a character
//! of what they sign is another one.
//!
//! Whatever a compiler or a machine does wrong to the arithmetic shows before it is trusted with a
//! token, and its code is compiled by the runtime before a request waits for it.

use crate::keys::KeySet;
use crate::signature::Algorithm;
use crate::token::UntrustedToken;

/// RFC 7515, appendix A.2; RFC 8037, appendix A.2.
const KEYS: &str = r#"{"keys":[
{"kty":"RSA","e":"AQAB","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"},
{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;

/// Header, payload and signature. RFC 7515, appendix A.2; RFC 8037, appendix A.4.
const TOKENS: [(Algorithm, [&str; 3]); 2] = [
    (
        Algorithm::Rs256,
        [
            "eyJhbGciOiJSUzI1NiJ9",
            "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ",
            "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw",
        ],
    ),
    (
        Algorithm::EdDsa,
        [
            "eyJhbGciOiJFZERTQSJ9",
            "RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc",
            "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
        ],
    ),
];

/// Whether every known answer is the right one.
pub fn passes() -> bool {
    TOKENS.iter().all(|(algorithm, token)| holds(KEYS, *algorithm, token))
}

/// Whether a token verifies with these keys, and not with another payload.
fn holds(keys: &str, algorithm: Algorithm, [header, payload, signature]: &[&str; 3]) -> bool {
    let Ok(keys) = KeySet::parse(keys.as_bytes()) else { return false };
    let verifies = |payload: &str| {
        let token = format!("{header}.{payload}.{signature}");
        let token = UntrustedToken::parse(&token);
        token.is_ok_and(|token| token.verify(keys.candidates(algorithm, None)).is_ok())
    };
    verifies(payload) && !verifies(&format!("AAAA{payload}"))
}

#[cfg(test)]
mod tests;
