#include "bench/json.h"

#include <cmath>
#include <cstdio>

namespace weft_bench {

std::string json_quote(const std::string &text) {
    std::string quoted = "\"";
    for (char c : text) {
        if (c == '"' || c == '\\') {
            quoted += '\\';
            quoted += c;
        } else if (static_cast<unsigned char>(c) < 0x20) {
            char escape[8];
            std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(c));
            quoted += escape;
        } else {
            quoted += c;
        }
    }
    return quoted + "\"";
}

void Json::begin_value(const std::string &key) {
    if (!first_) {
        out_ += ',';
    }
    if (depth_ != 0) {
        out_ += '\n';
        out_.append(depth_, ' ');
    }
    if (!key.empty()) {
        out_ += json_quote(key) + ": ";
    }
    first_ = false;
}

void Json::open(const std::string &key, char bracket) {
    begin_value(key);
    out_ += bracket;
    depth_++;
    first_ = true;
}

void Json::close(char bracket) {
    depth_--;
    if (!first_) {
        out_ += '\n';
        out_.append(depth_, ' ');
    }
    out_ += bracket;
    first_ = false;
    if (depth_ == 0) {
        out_ += '\n';
    }
}

void Json::text(const std::string &key, const std::string &value) {
    begin_value(key);
    out_ += json_quote(value);
}

void Json::number(const std::string &key, double value) {
    if (!std::isfinite(value)) {
        null(key);
        return;
    }
    char digits[40];
    std::snprintf(digits, sizeof digits, "%.6g", value);
    begin_value(key);
    out_ += digits;
}

void Json::boolean(const std::string &key, bool value) {
    begin_value(key);
    out_ += value ? "true" : "false";
}

void Json::null(const std::string &key) {
    begin_value(key);
    out_ += "null";
}

} // namespace weft_bench
