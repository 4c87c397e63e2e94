create table users (
    id             char(32)      not null,
    email          varchar(254)  not null,
    role           varchar(8)    not null default 'customer',
    active         boolean       not null default true,
    password_hash  varchar(255)  not null,
    constraint pk_users primary key (id),
    constraint uq_users_email unique (email),
    constraint ck_users_role
        check (role in ('customer', 'admin'))
);

create table "order" (
    id         char(32)        not null,
    user_id    char(32)        not null,
    number     bigint          not null,
    "group"    varchar(255)             default 'it''s new',
    price      numeric(18, 2)  not null,
    rate       numeric(7, 4)            default 0.25,
    status     varchar(4)      not null default 'open',
    starts_at  datetime        not null,
    ends_at    datetime,
    day        date,
    at         time,
    span       bigint,
    ticket     char(32),
    link       varchar(2048),
    phone      varchar(16),
    extra      json,
    scan       varchar(255),
    body       text,
    version    bigint          not null default 1,
    constraint pk_order primary key (id),
    constraint uq_order_user_id_number unique (user_id, number),
    constraint fk_order_user_id
        foreign key (user_id) references users (id) on delete restrict,
    constraint ck_order_price
        check (price between 0 and 1000.5),
    constraint ck_order_rate
        check (rate >= 0.01),
    constraint ck_order_status
        check (status in ('open', 'paid', 'sent')),
    constraint ck_order_body
        check (length(body) between 3 and 100),
    constraint ck_order_ends_after_start
        check (ends_at > starts_at),
    constraint ck_order_group
        check ("group" <> 'none')
);
create index ix_order_status_starts_at on "order" (status, starts_at);
create index ix_order_group on "order" ("group");

create table teams (
    id          integer      not null,
    name        varchar(40)  not null,
    captain_id  bigint,
    constraint pk_teams primary key (id),
    constraint uq_teams_name unique (name),
    constraint fk_teams_captain_id
        foreign key (captain_id) references players (id) on delete set null,
    constraint ck_teams_name
        check (length(name) >= 2)
);
create index ix_teams_captain_id on teams (captain_id);

create table players (
    id          integer       not null,
    team_id     bigint        not null,
    mentor_id   bigint,
    nick        varchar(255),
    deleted_at  datetime,
    constraint pk_players primary key (id),
    constraint fk_players_team_id
        foreign key (team_id) references teams (id) on delete restrict,
    constraint fk_players_mentor_id
        foreign key (mentor_id) references players (id) on delete set null
);
create unique index uq_players_nick on players (nick) where deleted_at is null;
create index ix_players_team_id on players (team_id);
create index ix_players_mentor_id on players (mentor_id);

create table order_teams (
    order_id  char(32)  not null,
    team_id   bigint    not null,
    constraint pk_order_teams primary key (order_id, team_id),
    constraint fk_order_teams_order_id
        foreign key (order_id) references "order" (id) on delete cascade,
    constraint fk_order_teams_team_id
        foreign key (team_id) references teams (id) on delete cascade
);
create index ix_order_teams_team_id on order_teams (team_id);

create table refresh_tokens (
    id          char(32)  not null,
    user_id     char(32)  not null,
    family_id   char(32)  not null,
    token_hash  char(64)  not null,
    issued_at   datetime  not null,
    expires_at  datetime  not null,
    used_at     datetime,
    revoked_at  datetime,
    constraint pk_refresh_tokens primary key (id),
    constraint uq_refresh_tokens_token_hash unique (token_hash),
    constraint fk_refresh_tokens_user_id
        foreign key (user_id) references users (id) on delete cascade
);
create index ix_refresh_tokens_user_id on refresh_tokens (user_id);
create index ix_refresh_tokens_family_id on refresh_tokens (family_id);
