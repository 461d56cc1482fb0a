// OpenSSL's objects as unique pointers. Of crypto/ only.
#pragma once

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <memory>
#include <string>
#include <string_view>

namespace ostraka::crypto {

template <auto free_function>
struct FreeWith {
  template <class T>
  void operator()(T* object) const {
    free_function(object);
  }
};

using KeyPointer = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>>;
using KeyContextPointer = std::unique_ptr<EVP_PKEY_CTX, FreeWith<EVP_PKEY_CTX_free>>;
using DigestContextPointer = std::unique_ptr<EVP_MD_CTX, FreeWith<EVP_MD_CTX_free>>;
using BigNumberPointer = std::unique_ptr<BIGNUM, FreeWith<BN_free>>;
using SignaturePointer = std::unique_ptr<ECDSA_SIG, FreeWith<ECDSA_SIG_free>>;
using ParameterBuilderPointer = std::unique_ptr<OSSL_PARAM_BLD, FreeWith<OSSL_PARAM_BLD_free>>;
using ParametersPointer = std::unique_ptr<OSSL_PARAM, FreeWith<OSSL_PARAM_free>>;

inline const unsigned char* as_unsigned(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
inline unsigned char* as_unsigned(std::string& bytes) {
  return reinterpret_cast<unsigned char*>(bytes.data());
}

}  // namespace ostraka::crypto
