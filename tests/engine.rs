//! RULES.md 2 to 8, told as stories: the real engine and the real store on a simulated clock, against servers that
//! keep their own list of what they committed and when.

mod sending;
mod answers;
mod unknown;
mod crash;
mod apart;
mod people;
mod taken_back;
mod places;
mod pictures;
mod deciding;
mod holds;
mod around;
mod deleting;
mod looking_back;
mod clock;
mod cost;
mod trouble;
mod copies;
mod keyring;
mod about;
mod accounts;
mod tokens;
mod proxy;
mod refusals;
mod numbered;
mod patience;
mod storm;
mod quiet;
mod preferences;
mod spans;
mod own_days;
mod trial;
mod from_day;
