/* json.h: writes JSON. Numbers that were not measured become null. */
#ifndef WEFT_BENCH_JSON_H
#define WEFT_BENCH_JSON_H

#include <string>

namespace weft_bench {

class Json {
  public:
    /* Containers. key is empty inside an array and at the top. */
    void open_object(const std::string &key = "") { open(key, '{'); }
    void open_array(const std::string &key = "") { open(key, '['); }
    void close_object() { close('}'); }
    void close_array() { close(']'); }

    void text(const std::string &key, const std::string &value);
    void number(const std::string &key, double value);
    void boolean(const std::string &key, bool value);
    void null(const std::string &key);

    const std::string &str() const { return out_; }

  private:
    void open(const std::string &key, char bracket);
    void close(char bracket);
    void begin_value(const std::string &key);

    std::string out_;
    unsigned depth_ = 0;
    bool first_ = true;
};

std::string json_quote(const std::string &text);

} // namespace weft_bench

#endif /* WEFT_BENCH_JSON_H */
