public import Foundation

/// The checkout that the tests were built from.
public enum Repository {
    /// Its top folder: the nearest one above this file that has a `Package.swift`. Nobody has to count folders.
    public static let root: URL = {
        var folder = URL(filePath: #filePath)
        while folder.path != "/" {
            folder.deleteLastPathComponent()
            if FileManager.default.fileExists(atPath: folder.appending(path: "Package.swift").path) { return folder }
        }
        preconditionFailure("these tests are run beside the sources that they were built from")
    }()
}
