// A certificate authority of a test's own: P-256 keys and certificates as PEM files in a directory that goes with the
// test.
#pragma once

#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

namespace ostraka::tls {

class TestCertificates {
 public:
  TestCertificates() : directory_(std::filesystem::temp_directory_path() / "ostraka-tls-XXXXXX") {
    EXPECT_NE(mkdtemp(directory_.data()), nullptr);
    make("first");
  }
  ~TestCertificates() {
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }
  TestCertificates(const TestCertificates&) = delete;

  std::string certificate() const { return file("first.pem"); }
  std::string key() const { return file("first.key"); }
  std::string file(const std::string& name) const { return directory_ + "/" + name; }

  // NAME.pem, NAME.key: for localhost and 127.0.0.1, signed by itself.
  void make(const std::string& name) const {
    EVP_PKEY* key = EVP_EC_gen("P-256");
    X509* certificate = X509_new();
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++made_);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate), k_days * 24 * 3600);
    X509_NAME* subject = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1,
                               0);
    X509_set_issuer_name(certificate, subject);
    X509_set_pubkey(certificate, key);
    X509_EXTENSION* names =
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1");
    X509_add_ext(certificate, names, -1);
    X509_EXTENSION_free(names);
    EXPECT_GT(X509_sign(certificate, key, EVP_sha256()), 0);
    std::FILE* out = std::fopen(file(name + ".pem").c_str(), "w");
    EXPECT_EQ(PEM_write_X509(out, certificate), 1);
    std::fclose(out);
    out = std::fopen(file(name + ".key").c_str(), "w");
    EXPECT_EQ(PEM_write_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr), 1);
    std::fclose(out);
    X509_free(certificate);
    EVP_PKEY_free(key);
  }
  // As who renews certificates does: the new file appears whole under the old name.
  void replace(const std::string& name, const std::string& by) const {
    std::filesystem::rename(file(by), file(name));
  }
  void write(const std::string& name, const std::string& content) const {
    std::ofstream(file(name + ".new"), std::ios::binary) << content;
    replace(name, name + ".new");
  }

  static constexpr long k_days = 30;

 private:
  std::string directory_;
  mutable long made_ = 0;
};

}  // namespace ostraka::tls
