//! `/check` and `POST /api/v1/assess` over real sockets.

use crate::support::service::{Service, Start};

const INVENTORY: &str = r#"{"schema": "hotfixd/inventory/1", "product": "xenserver", "version": "6.5.0",
    "hotfixes": [], "features": {"storage.trim": true}, "facts": {"storage.trim.largest_lun_bytes": 3298534883328}}"#;

fn multipart(fields: &[(&str, &str)]) -> Vec<u8> {
    let part = |(name, value): &(&str, &str)| {
        format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    (fields.iter().map(part).collect::<String>() + "--edge--\r\n").into_bytes()
}

#[test]
fn the_seed_case_is_answered_by_page_and_api() {
    let service = Service::demo();
    let reply = service.request("POST", "/api/v1/assess?advisory=XS65-TRIM", &[], INVENTORY.as_bytes());
    let json = reply.json();
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!(
        (json["schema"].as_str(), json["release"]["id"].as_str()),
        (Some("hotfixd/assessment/1"), Some("6.5"))
    );
    assert_eq!(json["advisories"][0]["status"], "exposed");
    assert_eq!(json["plan"]["steps"][0]["hotfix"], "XS65E005");

    assert_eq!(service.get("/check?advisory=XS65-TRIM").status, 200);
    assert_eq!(service.get("/check?advisroy=XS65-TRIM").status, 400);
    let fields = [("inventory", INVENTORY), ("file", ""), ("start", ""), ("advisory", "XS65-TRIM")];
    let send = |kind: &str, body: &[u8]| {
        service.request("POST", "/check", &[("content-type", kind), ("accept", "text/html")], body)
    };
    let page = send("multipart/form-data; boundary=edge", &multipart(&fields));
    assert_eq!((page.status, page.headers["content-type"].as_str()), (200, "text/html; charset=utf-8"));
    assert!(page.text().contains("XS65E005") && page.headers["cache-control"] == "no-store");
    let encoded = format!("advisory=XS65-TRIM&inventory={}", INVENTORY.replace('{', "%7B").replace(' ', "+"));
    assert_eq!(send("application/x-www-form-urlencoded", encoded.as_bytes()).status, 200);

    let broken = send("multipart/form-data; boundary=edge", &multipart(&[("inventory", "{\"a\": ")]));
    assert_eq!(broken.status, 422, "{}", broken.text());
    assert!(broken.text().contains("line 1") || broken.text().contains("EOF"), "{}", broken.text());
    let unknown = send("multipart/form-data; boundary=edge", &multipart(&[("inventry", "{}")]));
    assert_eq!((unknown.status, unknown.headers["content-type"].as_str()), (400, "text/html; charset=utf-8"));
    assert_eq!(send("text/plain", b"x").status, 400);
}

#[test]
fn a_form_has_bounds() {
    let service = Start::new().with("max_inventory_bytes", 2_000).up();
    let kind = [("content-type", "multipart/form-data; boundary=edge")];
    let long = " ".repeat(2_001);
    let reply = service.request("POST", "/check", &kind, &multipart(&[("inventory", &long)]));
    assert_eq!((reply.status, reply.word("/code").as_str()), (413, "body_too_long"));
    let reply = service.request("POST", "/check", &kind, &multipart(&[("inventory", &long.repeat(100))]));
    assert_eq!(reply.status, 413);
}
