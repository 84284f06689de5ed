DROP TABLE audit;
DROP TABLE tokens;
DROP TABLE blobs;
DROP TABLE releases;
DROP TABLE submissions;
DROP TABLE roles;
DROP TABLE documents;
