//! Every URL of the service, on one page.

use actix_web::guard;
use actix_web::http::Method;
use actix_web::web::{self, ServiceConfig};
use actix_web::{FromRequest, Handler, HttpRequest, Resource, Responder, Route};

use super::api::{assess, blobs, catalogue, lists, roles, submissions};
use super::metrics::{self, Route as Counted};
use super::problem::{Code, Problem};
use super::{browse, check, feeds, health, html, lists as page_lists, openapi, revisions, tuf};

/// Every URL.
pub fn routes(config: &mut ServiceConfig) {
    config
        // For hosts. What is asked most comes first: addresses are tried in this order, and words are compared
        // sooner than patterns.
        .service(get("/tuf/metadata/timestamp.json", tuf::timestamp))
        .service(post("/api/v1/assess", assess::post))
        .service(get("/tuf/metadata/{file}", tuf::metadata))
        .service(get("/tuf/deltas/{file}", tuf::delta))
        .service(get("/tuf/packs/{file}", tuf::pack))
        .service(get("/tuf/targets/{path:.*}", tuf::target))
        // For people.
        .service(get("/", html::home))
        .service(get("/search", page_lists::search))
        .service(get("/advisories", page_lists::advisories))
        .service(get("/hotfixes", page_lists::hotfixes))
        .service(get("/advisories/{id}", html::any_advisory))
        .service(get("/advisories/{product}/{id}", html::advisory))
        .service(get("/advisories/{product}/{id}/revisions", revisions::of_advisory))
        .service(get("/advisories/{product}/{id}/revisions/{n}", revisions::advisory))
        .service(get("/hotfixes/{product}/{id}/revisions", revisions::of_hotfix))
        .service(get("/hotfixes/{product}/{id}/revisions/{n}", revisions::hotfix))
        .service(get("/hotfixes/{id}", html::any_hotfix))
        .service(get("/hotfixes/{product}/{id}", html::hotfix))
        .service(get("/products/{id}", browse::product))
        .service(get("/products/{product}/releases/{id}", browse::release))
        .service(
            at("/check")
                .route(reading().to(check::form))
                .route(web::post().to(check::answer))
                .default_service(only("GET, HEAD, POST")),
        )
        .service(get("/feeds/advisories.atom", feeds::advisories))
        .service(get("/feeds/hotfixes.atom", feeds::hotfixes))
        .service(get("/static/style.css", html::style))
        // For tools.
        .service(get("/api/openapi.json", openapi::json))
        .service(get("/api/docs", openapi::page))
        .service(get("/api/v1/products", lists::products))
        .service(get("/api/v1/products/{id}", catalogue::product))
        .service(get("/api/v1/advisories", lists::advisories))
        .service(get("/api/v1/advisories.csv", lists::advisories_csv))
        .service(get("/api/v1/advisories/{product}/{id}", catalogue::advisory))
        .service(get("/api/v1/advisories/{product}/{id}/revisions", catalogue::advisory_revisions))
        .service(get("/api/v1/advisories/{product}/{id}/revisions/{n}", revisions::advisory_bytes))
        .service(get("/api/v1/hotfixes/{product}/{id}/revisions/{n}", revisions::hotfix_bytes))
        .service(get("/api/v1/hotfixes", lists::hotfixes))
        .service(get("/api/v1/hotfixes.csv", lists::hotfixes_csv))
        .service(get("/api/v1/hotfixes/{product}/{id}", catalogue::hotfix))
        .service(get("/api/v1/hotfixes/{product}/{id}/revisions", catalogue::hotfix_revisions))
        .service(get("/api/v1/roles", roles::list))
        // For publishers.
        .service(
            at("/api/v1/submissions")
                .route(reading().to(submissions::list))
                .route(web::post().to(submissions::submit))
                .default_service(only("GET, HEAD, POST")),
        )
        .service(get("/api/v1/submissions/{id}", submissions::show))
        .service(get("/api/v1/submissions/{id}/file", submissions::file))
        .service(post("/api/v1/submissions/{id}/signatures", submissions::cosign))
        .service(post("/api/v1/submissions/{id}/release", submissions::release))
        .service(
            at("/api/v1/blobs/{sha256}")
                .route(reading().to(blobs::show))
                .route(web::put().to(blobs::put))
                .default_service(only("GET, HEAD, PUT")),
        )
        // For operators.
        .service(get("/health/live", health::live))
        .service(get("/health/ready", health::ready))
        .service(get("/metrics", metrics::metrics))
        .default_service(web::to(nothing));
}

fn get<F, Args>(path: &str, handler: F) -> Resource
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    at(path).route(reading().to(handler)).default_service(only("GET, HEAD"))
}

fn post<F, Args>(path: &str, handler: F) -> Resource
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    at(path).route(web::post().to(handler)).default_service(only("POST"))
}

/// An address, under whose pattern its requests are counted.
fn at(path: &str) -> Resource {
    web::resource(path).app_data(Counted::of(path))
}

fn reading() -> Route {
    Route::new().guard(guard::Any(guard::Get()).or(guard::Head()))
}

/// For the methods that an address does not take.
fn only(allow: &'static str) -> Route {
    web::to(move |request: HttpRequest| async move {
        let detail = format!("{} is not taken here.", method(request.method()));
        let problem = Problem::new(Code::MethodNotAllowed, detail).allow(allow);
        Err::<actix_web::HttpResponse, _>(problem.remedy(format!("Use {allow}.")))
    })
}

fn method(method: &Method) -> &str {
    method.as_str().get(..20).unwrap_or(method.as_str())
}

async fn nothing(request: HttpRequest) -> Result<actix_web::HttpResponse, Problem> {
    let path = super::state::shown(request.path());
    Err(Problem::not_found(format_args!("page or file at {path}")))
}
