public import ForeignFiles
internal import Glibc

/// Why a file was not written: the step, the file that was wanted, and the system's code. What was there before is
/// whole, unless the step is `syncFolder`: the new file is in place then, and may be gone after a power cut.
public struct FileFault: Error, Sendable, Hashable, CustomStringConvertible {
    /// What the system refused.
    public enum Step: String, Sendable, Hashable {
        /// To open the folder, or to begin a file in it.
        case begin
        /// To take the bytes. Make room, or write elsewhere.
        case write
        /// To bring the bytes to the disk.
        case sync
        /// To give the file its name; EEXIST if it may not replace what has the name already.
        case place
        /// To replace what has the name: a device, a FIFO, a link. Only a file is replaced.
        case replace
        /// To bring the name to the disk.
        case syncFolder
    }

    /// The step.
    public var step: Step
    /// The file that was wanted.
    public var path: String
    /// errno.
    public var code: Int32
    /// What has the name, if that is why.
    public var found: NotAFile?

    /// A refusal.
    public init(_ step: Step, path: String, code: Int32, found: NotAFile? = nil) {
        self.step = step
        self.path = path
        self.code = code
        self.found = found
    }

    /// The sentence.
    public var description: String {
        if let found { return "\(path) is \(found.name), and only a file is replaced" }
        let verb =
            switch step {
            case .begin: "cannot be begun"
            case .write: "cannot be written"
            case .sync: "cannot be brought to the disk"
            case .place, .replace: "cannot be put in its place"
            case .syncFolder: "is in its place, but its folder cannot be brought to the disk"
            }
        return "\(path) \(verb): \(String(cString: strerror(code)))"
    }
}
