#pragma once
// A setting, described once: its name, where it lives, what it means, what is allowed. The loader, the manual page,
// `hermod check` and the admin form are all read off this description.
//
//   struct Limits {
//       std::uint32_t connections = 2000;
//       std::uint64_t message_size = 52'428'800;
//   };
//   inline auto settings(const Limits*) {
//       using config::setting;
//       return std::tuple{
//           setting("connections", &Limits::connections, "Clients served at a time.", {1, 1'000'000}),
//           octets("message_size", &Limits::message_size, "The longest message taken.", {1024, …})};
//   }
//
// A member may be a bool, a number, a string, a duration ("1h30m"), an enumeration with choices(), a type with a
// config::Text, a list or an optional of these; or a struct with settings() again, which is a table: [limits]; a vector
// of such structs: [[listen]]; or a map by name: [domains."example.org"]. The default is what a default-constructed
// owner holds.

#include <chrono>
#include <concepts>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

namespace config {

/// For types of our own written as one string. Specialize with
///   static constexpr std::string_view kind = "an IP network, such as 192.0.2.0/24";
///   static std::optional<T> parse(std::string_view text);
///   static std::string write(const T& value);
template <typename T>
struct Text;

template <typename T>
concept Textual = requires(const T& value) {
    { Text<T>::parse(std::string_view()) } -> std::same_as<std::optional<T>>;
    { Text<T>::write(value) } -> std::same_as<std::string>;
};

/// An enumeration whose values have names: constexpr auto choices(E) returns std::array of Choice<E>.
template <typename E>
struct Choice {
    std::string_view name;
    E value;
};
template <typename E>
concept Chosen = std::is_enum_v<E> && requires(E value) { choices(value); };

template <typename T>
concept Structure = requires(const T* owner) { settings(owner); };

template <typename T>
struct IsDuration : std::false_type {};
template <typename Rep, typename Period>
struct IsDuration<std::chrono::duration<Rep, Period>> : std::true_type {};
template <typename T>
concept Duration = IsDuration<T>::value;

template <typename T>
struct IsList : std::false_type {};
template <typename T>
struct IsList<std::vector<T>> : std::true_type {};
template <typename T>
struct IsNamed : std::false_type {};
template <typename T>
struct IsNamed<std::map<std::string, T>> : std::true_type {};
template <typename T>
struct IsOptional : std::false_type {};
template <typename T>
struct IsOptional<std::optional<T>> : std::true_type {};

template <typename T>
concept Ordered = Duration<T> || (std::is_arithmetic_v<T> && !std::same_as<T, bool>);

template <typename T>
struct Range {
    T least;
    T most;
};

enum class Unit : std::uint8_t { None, Octets };
enum class Presence : std::uint8_t {
    Optional,
    Required,
    Internal,  // filled in by `hermod serve` for its processes; unknown to administrators
};

/// What is wrong with a value of the right type and range; empty: nothing.
template <typename T>
using Flaw = std::string (*)(const T&);

template <typename Owner, typename T>
struct Setting {
    using Value = T;
    using Allowed = std::conditional_t<Ordered<T>, std::optional<Range<T>>, std::monostate>;

    std::string_view name;
    T Owner::* member;
    std::string_view meaning;
    Allowed allowed{};
    Flaw<T> flaw = nullptr;
    Unit unit = Unit::None;
    Presence presence = Presence::Optional;
    bool is_for_start = false;  // a running server keeps it as it is
};

template <typename Owner, typename T>
constexpr Setting<Owner, T> setting(std::string_view name, T Owner::* member, std::string_view meaning,
                                    Flaw<std::type_identity_t<T>> flaw = nullptr) {
    return {.name = name, .member = member, .meaning = meaning, .flaw = flaw};
}
template <typename Owner, Ordered T>
constexpr Setting<Owner, T> setting(std::string_view name, T Owner::* member, std::string_view meaning,
                                    Range<std::type_identity_t<T>> allowed) {
    return {.name = name, .member = member, .meaning = meaning, .allowed = allowed};
}
/// A number of octets: 52428800 or "50MB".
template <typename Owner, std::integral T>
constexpr Setting<Owner, T> octets(std::string_view name, T Owner::* member, std::string_view meaning,
                                   Range<std::type_identity_t<T>> allowed) {
    return {.name = name, .member = member, .meaning = meaning, .allowed = allowed, .unit = Unit::Octets};
}
/// One that has no default.
template <typename Owner, typename T>
constexpr Setting<Owner, T> required(Setting<Owner, T> described) {
    described.presence = Presence::Required;
    return described;
}

/// One that a running server keeps until it is started anew; the manual and `hermod reload` say so.
template <typename Owner, typename T>
constexpr Setting<Owner, T> at_start(Setting<Owner, T> described) {
    described.is_for_start = true;
    return described;
}

template <typename Owner, typename T>
constexpr Setting<Owner, T> internal(std::string_view name, T Owner::* member) {
    return {.name = name, .member = member, .meaning = {}, .presence = Presence::Internal};
}

}  // namespace config
