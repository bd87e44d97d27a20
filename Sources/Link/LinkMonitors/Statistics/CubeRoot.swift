// The standard library has no cube root.
internal import Glibc

/// ∛, the transformation that makes a variance normal.
enum CubeRoot {
    static func of(_ value: Double) -> Double { cbrt(value) }
}
