#pragma once
// A configuration as a tree, with the place each key and value was written at. TOML 1.0.
//
// The TOML library stays behind parse.cc; everything else reads Nodes.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/problem.h"

namespace config {

struct Position {
    std::uint32_t file = 0;  // index into Document::files
    std::uint32_t line = 0;
    std::uint32_t column = 0;
};

struct Member;

struct Node {
    enum class Kind : std::uint8_t { Boolean, Integer, Float, String, Date, Array, Table };

    Kind kind = Kind::Table;
    Position where;
    bool truth = false;
    std::int64_t integer = 0;
    double number = 0;
    std::string text;
    std::vector<Node> items;      // of an Array
    std::vector<Member> members;  // of a Table, in the order written

    const Node* find(std::string_view key) const;
    Node* find(std::string_view key);
};

struct Member {
    std::string key;
    Position where;
    Node value;
};

/// "an integer", for messages.
std::string_view describe(Node::Kind kind);

struct Document {
    std::vector<std::string> files;
    Node root;

    Problem problem_at(Position where, std::string key, std::string problem, std::string remedy = {}) const;
};

/// One TOML text that parses to the same tree, without positions. How master hands the configuration to its children.
std::string to_toml(const Node& root);
/// A string as TOML writes it, quotes included.
std::string toml_string(std::string_view text);
/// A key as TOML writes it: bare where it can be.
std::string key_text(std::string_view key);

}  // namespace config
