drop table refresh_tokens;
drop table order_teams;
drop table players;
drop table teams;
drop table "order";
drop table users;
