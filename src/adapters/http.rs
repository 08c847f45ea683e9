//! placeholder
use crate::ports::{Http, HttpError, HttpReply, HttpRequest};
#[derive(Debug, Default)]
pub struct HttpClient;
impl Http for HttpClient {
    fn send(&self, _: &HttpRequest) -> Result<HttpReply, HttpError> {
        Err(HttpError::Invalid("not yet".into()))
    }
}
