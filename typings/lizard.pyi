"""The part of lizard that the tests call."""

class FunctionInfo:
    start_line: int
    end_line: int
    cyclomatic_complexity: int

class FileInformation:
    function_list: list[FunctionInfo]

class FileAnalyzer:
    def analyze_source_code(self, filename: str, code: str) -> FileInformation: ...

analyze_file: FileAnalyzer
