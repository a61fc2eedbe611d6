//! Routes that are kept in a list as they are added, so that tests and documents can be held against all there are.

use super::App;
use crate::desk::Act;
use axum::Router;
use axum::handler::Handler;
use axum::routing::{MethodFilter, MethodRouter, on};
use std::sync::Arc;

/// A route as the list has it.
#[derive(Debug, Clone, Copy)]
pub struct Route {
    /// `GET`, `POST` …; GET answers HEAD as well.
    pub method: &'static str,
    /// The pattern of its address.
    pub path: &'static str,
    /// What one does by it at the desk; nothing of what phones and everybody may ask for.
    pub act: Option<Act>,
    /// Whether a file may come with its form.
    pub takes_file: bool,
}

/// A router, and the list of what is in it.
pub struct Listed {
    /// The router.
    pub router: Router<Arc<App>>,
    /// All its routes.
    pub list: Vec<Route>,
}

impl Listed {
    /// Nothing yet.
    pub fn new() -> Self {
        Self {
            router: Router::new(),
            list: Vec::new(),
        }
    }

    /// A route of its own making, with the methods that it is told of.
    pub fn with(
        mut self,
        path: &'static str,
        route: MethodRouter<Arc<App>>,
        methods: &[&'static str],
        act: Option<Act>,
    ) -> Self {
        self.router = self.router.route(path, route);
        self.list.extend(methods.iter().map(|method| Route {
            method,
            path,
            act,
            takes_file: false,
        }));
        self
    }

    /// `GET`, for phones and everybody.
    pub fn get<H: Handler<T, Arc<App>>, T: 'static>(self, path: &'static str, handler: H) -> Self {
        self.with(path, on(MethodFilter::GET, handler), &["GET"], None)
    }

    /// `POST`, for phones and everybody.
    pub fn post<H: Handler<T, Arc<App>>, T: 'static>(self, path: &'static str, handler: H) -> Self {
        self.with(path, on(MethodFilter::POST, handler), &["POST"], None)
    }

    /// A page of the desk, for whoever may do this. A survey of its own is the `{survey}` of the pattern.
    pub fn page<H: Handler<T, Arc<App>>, T: 'static>(self, act: Act, path: &'static str, handler: H) -> Self {
        self.with(path, on(MethodFilter::GET, handler), &["GET"], Some(act))
    }

    /// A form of the desk that changes something. Its fields come to the handler as `Fields`, after they have proved
    /// that the page they come from is one of ours.
    pub fn form<H: Handler<T, Arc<App>>, T: 'static>(self, act: Act, path: &'static str, handler: H) -> Self {
        self.with(path, on(MethodFilter::POST, handler), &["POST"], Some(act))
    }

    /// A form of the desk that a file may come with, as `Upload`.
    pub fn upload<H: Handler<T, Arc<App>>, T: 'static>(
        self,
        act: Act,
        path: &'static str,
        handler: H,
    ) -> Self {
        let mut listed = self.form(act, path, handler);
        if let Some(route) = listed.list.last_mut() {
            route.takes_file = true;
        }
        listed
    }
}
