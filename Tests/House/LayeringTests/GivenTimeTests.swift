import Foundation
import Repository
import Testing

/// Time is given: what runs in tests in a time that jumps must not wait by the machine's, and a task that it makes
/// beside its caller must run where that time can see it.
struct GivenTimeTests {
    static let folders = [
        "Sources/Unit/UnitControl", "Sources/Unit/UnitConformance", "Sources/Operation/Calibration",
        "Sources/Link/LinkControl",
    ]

    /// What takes its time, or its thread, from elsewhere.
    static let forbidden = #"\b(Task\.sleep|ContinuousClock|SuspendingClock|Task \{|Task\.detached|usleep\()"#

    @Test(arguments: folders) func `who is given a clock uses no other`(folder: String) throws {
        let root = Repository.root.appending(path: folder)
        let files =
            FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil)?
            .compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" } ?? []
        #expect(files.count > 5)
        for file in files {
            for (number, line) in try String(contentsOf: file, encoding: .utf8).split(
                separator: "\n", omittingEmptySubsequences: false
            ).enumerated() where !line.trimmingCharacters(in: .whitespaces).hasPrefix("//") {
                let found = line.range(of: Self.forbidden, options: .regularExpression)
                #expect(found == nil, "\(file.lastPathComponent):\(number + 1): \(line)")
            }
        }
    }
}
