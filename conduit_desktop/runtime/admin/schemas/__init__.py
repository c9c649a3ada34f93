"""The shapes of the admin API's requests and answers. Money is decimal US dollars in text, exact to the picodollar;
times are ISO 8601 in UTC; ids are opaque; what has no value is null."""
