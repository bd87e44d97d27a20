/// Folders that the environment names. What it says is text from outside too.
public enum EnvironmentFolder {
    /// The value of a variable that names a folder; nil if it is not there or empty, which mean the same.
    public static func named(_ variable: String, in environment: [String: String]) -> String? {
        guard let value = environment[variable], !value.isEmpty else { return nil }
        return value
    }

    /// A folder of the XDG Base Directory Specification: "if an implementation encounters a relative path in any of
    /// these variables it should consider the path invalid and ignore it". The same goes for HOME: what is relative
    /// would be another folder in each place where a program is started.
    public static func absolute(_ variable: String, in environment: [String: String]) -> String? {
        named(variable, in: environment).flatMap { $0.hasPrefix("/") ? $0 : nil }
    }
}
