/// What the text of a Swift file tells about layers.
enum SourceFile {
    /// The modules that it imports.
    static func imports(_ text: String) -> [String] {
        let pattern =
            /^(?:@testable )?(?:public |internal |package |fileprivate |private )?import (?:struct |func |class |enum )?(\w+)/
        return text.split(separator: "\n").compactMap { line in line.firstMatch(of: pattern).map { String($0.1) } }
    }
}
