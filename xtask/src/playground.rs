//! The playground: real servers, each a folder of `playground/` with a `server.json`, built into images and started in containers,
//! or as plain processes where there is no engine.

pub mod app_modes;
pub mod build;
pub mod container;
pub mod containers;
pub mod contract;
pub mod engine;
pub mod manifest;
pub mod nearest;
pub mod pins;
pub mod process;
pub mod recipe_files;
pub mod reference;
pub mod release_list;
pub mod selection;
pub mod servers;
pub mod setup;
pub mod versions;
