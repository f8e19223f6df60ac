//! What a client hears when the answer is no: the error codes of the service and their three spellings.

use alloc::string::String;
use alloc::{format, vec};

use crate::document::Node;

/// A refusal as the service's error table has it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ErrorCode {
    /// The request can't be understood.
    BadRequest,
    /// The key is missing, unknown, or not for this.
    AuthRequired,
    /// A quota of the server is used up.
    PaymentRequired,
    /// There is no such thing.
    NotFound,
    /// The path is right, the method is not.
    MethodInvalid,
    /// What is asked for is there already.
    Conflict,
    /// The body, or the list in it, is too long.
    TooLarge,
    /// There is nothing to do.
    NoAction,
    /// The update came too soon after the last one.
    TooManyRequests,
    /// The server is at fault.
    Internal,
    /// The server is busy; the request may be sent again.
    Busy,
}

impl ErrorCode {
    /// The HTTP status.
    pub const fn status(self) -> u16 {
        self.row().0
    }

    /// The code word, such as `error_auth_required`.
    pub const fn word(self) -> &'static str {
        self.row().1
    }

    /// Status, code word, message and details.
    const fn row(self) -> (u16, &'static str, &'static str, &'static str) {
        match self {
            Self::BadRequest => (
                400,
                "error_bad_request",
                "Bad Request",
                "The request cannot be fulfilled due to bad syntax.",
            ),
            Self::AuthRequired => (
                401,
                "error_auth_required",
                "Authorization Required",
                "Please provide proper authentication details.",
            ),
            Self::PaymentRequired => (
                402,
                "error_payment_required",
                "Payment Required",
                "A limit of this server has been reached.",
            ),
            Self::NotFound => (
                404,
                "error_resource_not_found",
                "Resource Not Found",
                "The requested resource was not found. Please check the URL and try again.",
            ),
            Self::MethodInvalid => (
                405,
                "error_method_invalid",
                "Method Not Allowed",
                "Please use the proper HTTP method for this request.",
            ),
            Self::Conflict => (
                409,
                "error_conflict",
                "Conflict",
                "The request conflicts with what is there already.",
            ),
            Self::TooLarge => (
                413,
                "error_request_too_large",
                "Request Entity Too Large",
                "Your request is too large. Please reduce the size and try again.",
            ),
            Self::NoAction => (
                421,
                "error_no_action",
                "No Action Performed",
                "The server attempted to process your request, but has no action to perform.",
            ),
            Self::TooManyRequests => (
                429,
                "error_too_many_requests",
                "Too Many Requests",
                "Please wait before making another request.",
            ),
            Self::Internal => (
                500,
                "error_internal",
                "Internal Server Error",
                "Something went wrong on the server; its log says what.",
            ),
            Self::Busy => (
                503,
                "error_busy",
                "Service Unavailable",
                "The server is busy. Please try again in a second.",
            ),
        }
    }

    /// The error object as JSON.
    pub fn to_json(self) -> String {
        let (status, word, message, details) = self.row();
        let error = Node::Object(vec![
            ("error_code", Node::text(word)),
            ("message", Node::text(message)),
            ("details", Node::text(details)),
        ]);
        Node::Object(vec![("status", Node::text(format!("{status}"))), ("error", error)]).to_json()
    }

    /// The error object as XML.
    pub fn to_xml(self) -> String {
        let (_, word, message, details) = self.row();
        Node::Object(vec![
            ("error-code", Node::text(word)),
            ("message", Node::text(message)),
            ("details", Node::text(details)),
        ])
        .to_xml("error")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_object_is_the_services_to_the_byte() {
        assert_eq!(
            ErrorCode::AuthRequired.to_json(),
            r#"{"status":"401","error":{"error_code":"error_auth_required","message":"Authorization Required","details":"Please provide proper authentication details."}}"#
        );
        assert_eq!(
            ErrorCode::TooManyRequests.to_json(),
            r#"{"status":"429","error":{"error_code":"error_too_many_requests","message":"Too Many Requests","details":"Please wait before making another request."}}"#
        );
    }
}
