//! Keeping hold of a request's body until its answer is written.
//!
//! A body that nobody holds any more is read to its end by actix, and an endless one for ever. While it is
//! held, actix closes the connection after the answer instead.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::HttpMessage as _;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest};
use actix_web::error::PayloadError;
use actix_web::http::header;
use actix_web::web::Bytes;
use futures_util::Stream;

/// A body that is held.
pub(super) struct Held(Rc<RefCell<Payload>>);

impl Held {
    /// Takes hold of a request's body, if it has one.
    pub(super) fn of(request: &mut ServiceRequest) -> Option<Self> {
        let headers = request.headers();
        let length = headers.get(header::CONTENT_LENGTH);
        let has_body =
            headers.contains_key(header::TRANSFER_ENCODING) || length.is_some_and(|length| length != "0");
        if !has_body {
            return None;
        }
        let shared = Rc::new(RefCell::new(request.take_payload()));
        let reader: Pin<Box<dyn Stream<Item = Result<Bytes, PayloadError>>>> =
            Box::pin(Reader(Rc::clone(&shared)));
        request.set_payload(reader.into());
        Some(Self(shared))
    }

    /// An answer's body that holds the request's.
    pub(super) fn beside(self, body: BoxBody) -> BoxBody {
        BoxBody::new(Beside { body, _held: self.0 })
    }
}

struct Reader(Rc<RefCell<Payload>>);

impl Stream for Reader {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Pin::new(&mut *self.0.borrow_mut()).poll_next(context)
    }
}

struct Beside {
    body: BoxBody,
    _held: Rc<RefCell<Payload>>,
}

impl MessageBody for Beside {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.body).poll_next(context)
    }
}
